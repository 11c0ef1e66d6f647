//! The tokens in the store, sealed.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType};
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::key::SharedKey;
use super::store::{SharedStore, StoreError, Stored};
use crate::telemetry;
use crate::tokens::token::{Obtained, Renewal, Token};

/// The time limit of one operation on the store. A request to the authority waits for it.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The largest value that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The store and the key.
pub(crate) struct SharedCache {
    pub(crate) store: Arc<dyn SharedStore>,
    pub(crate) key: SharedKey,
}

/// A token as it is sealed.
#[derive(Serialize, Deserialize)]
struct Entry {
    access_token: String,
    obtained: i64,
    lifetime: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_scope: Option<ScopeSet>,
}

/// The place of a token in the store: equal lists of parts, equal places.
pub(in crate::tokens) fn place(parts: &[&str]) -> String {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
        whole.extend_from_slice(part.as_bytes());
    }
    format!("helseid:token:{}", base64url::encode(&sha256(&whole)))
}

impl SharedCache {
    /// The token at `place`, as if `signer` had signed the assertion for it and `requested` had been requested.
    pub(in crate::tokens) async fn get(
        &self,
        place: &str,
        requested: &ScopeSet,
        signer: Arc<str>,
        renewal: Renewal,
    ) -> Option<Token> {
        let sealed = match within(self.store.get(place)).await {
            Ok(sealed) => sealed,
            Err(why) => {
                telemetry::shared_cache(telemetry::Shared::Failed);
                tracing::warn!(%why, "the shared token cache did not answer");
                return None;
            }
        };
        let token = sealed.as_deref().and_then(|sealed| self.read(place, sealed)).map(|entry| {
            let granted = TokenGranted {
                access_token: AccessToken::new(entry.access_token),
                token_type: TokenType::Dpop,
                expires_in: Duration::from_secs(entry.lifetime),
                scope: entry.scope,
                rejected_scope: entry.rejected_scope,
                of_login: LoginTokens::default(),
                is_exchanged: false,
            };
            let obtained = Timestamp::from_seconds(entry.obtained);
            Token::new(granted, requested, Obtained { at: obtained, renewal, signer })
        });
        telemetry::shared_cache(match token {
            Some(_) => telemetry::Shared::Hit,
            None => telemetry::Shared::Miss,
        });
        token
    }

    pub(in crate::tokens) async fn put(&self, place: &str, token: &Token, now: Timestamp) {
        let granted = token.granted();
        let entry = Entry {
            access_token: granted.access_token.expose().to_owned(),
            obtained: token.obtained().seconds(),
            lifetime: granted.expires_in.as_secs(),
            scope: granted.scope.clone(),
            rejected_scope: granted.rejected_scope.clone(),
        };
        let Ok(plain) = serde_json::to_vec(&entry).map(zeroize::Zeroizing::new) else { return };
        let sealed = self.key.seal(place, &plain);
        let stored = within(self.store.put(place, sealed, token.expires().since(now))).await;
        if let Err(why) = stored {
            telemetry::shared_cache(telemetry::Shared::Failed);
            tracing::warn!(%why, "a token could not be written to the shared cache");
        }
    }

    fn read(&self, place: &str, sealed: &[u8]) -> Option<Entry> {
        let bounded = Some(sealed).filter(|sealed| sealed.len() <= MAX_BYTES);
        let opened = bounded.and_then(|sealed| self.key.open(place, sealed));
        let entry = opened.and_then(|plain| serde_json::from_slice(&plain).ok());
        if entry.is_none() {
            tracing::warn!("the shared cache holds a value that was not sealed with this client's key");
        }
        entry
    }
}

async fn within<T>(stored: Stored<'_, T>) -> Result<T, StoreError> {
    let late = |_| StoreError::new(format_args!("no answer within {TIMEOUT:?}"));
    tokio::time::timeout(TIMEOUT, stored).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_differ_where_their_parts_do() {
        let all = [place(&["a", "b"]), place(&["ab", ""]), place(&["a", "b", ""]), place(&["b", "a"])];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
