//! Tokens that several processes of one client share: fetched by one, used by all.
//!
//! A token is of use only with the key that it is bound to, so all of them must make their proofs with one key:
//! [`ClientBuilder::prove_with_client_key`](crate::ClientBuilder::prove_with_client_key) or
//! [`ClientBuilder::prove_with`](crate::ClientBuilder::prove_with). A shared cache beside a proof key of this process's own
//! is refused when the client is built.
//!
//! Values are sealed (AES-256-GCM) with a key that the store never sees, each for its own place: what is moved to another
//! place, or changed, is not taken. Places are hashes over issuer, client, signing key, proof key and what is asked for. A
//! store that fails, or is slow, costs a trip to the authority and never a call.

#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::{SealingKey, sha256};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

#[cfg(feature = "redis")]
pub use redis::RedisStore;

use crate::token::Circumstances;
use crate::{Token, telemetry};

/// What a store gives, sooner or later.
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where sealed tokens lie. Implement it for what your processes share; with the feature `redis` there is
/// `RedisStore`. What is lost there costs a trip to the authority, nothing more.
pub trait SharedStore: Send + Sync + 'static {
    /// What lies there, if anything does.
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>>;
    /// Puts it there in place of what was there; it may be thrown away after `lifetime`.
    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()>;
}

/// A store failed. Say why in one line, without anything secret.
#[derive(Debug, Clone)]
pub struct StoreError(String);

impl StoreError {
    /// Says why.
    pub fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// The key that shared tokens are sealed with: the same for all processes that share them, and for nothing else.
#[derive(Clone)]
pub struct SharedKey(Arc<SealingKey>);

/// A text is not 32 bytes in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSharedKey;

impl SharedKey {
    /// Takes 32 unpredictable bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(SealingKey::new(bytes)))
    }

    /// Takes 32 bytes in base64url without padding, as a secret store keeps them.
    pub fn parse(text: &str) -> Result<Self, InvalidSharedKey> {
        let bytes = base64url::decode(text.trim()).map_err(|_| InvalidSharedKey)?;
        Ok(Self::new(&bytes.try_into().map_err(|_| InvalidSharedKey)?))
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SharedKey(hidden)")
    }
}

impl fmt::Display for InvalidSharedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("expected 32 bytes in base64url, which are 43 characters")
    }
}

impl std::error::Error for InvalidSharedKey {}

/// How long the store may take each time. A fetch from the authority waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// The largest value that is looked at, in bytes.
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

/// Where a token lies: equal lists of parts, equal places.
pub(crate) fn place(parts: &[&str]) -> String {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
        whole.extend_from_slice(part.as_bytes());
    }
    format!("helseid:token:{}", base64url::encode(&sha256(&whole)))
}

impl SharedCache {
    /// The token there, made out as one that was asked for with `asked` and signed for by `signer`.
    pub(crate) async fn get(
        &self,
        place: &str,
        asked: &ScopeSet,
        signer: Arc<str>,
        jitter: u8,
    ) -> Option<Token> {
        let sealed = match within(self.store.get(place)).await {
            Ok(sealed) => sealed,
            Err(why) => {
                telemetry::shared_cache(telemetry::Shared::Failed);
                tracing::warn!(%why, "the shared cache of tokens gave no answer");
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
            };
            let obtained = Timestamp::from_seconds(entry.obtained);
            Token::new(granted, asked, Circumstances { obtained, jitter, signer })
        });
        telemetry::shared_cache(match token {
            Some(_) => telemetry::Shared::Hit,
            None => telemetry::Shared::Miss,
        });
        token
    }

    pub(crate) async fn put(&self, place: &str, token: &Token, now: Timestamp) {
        let granted = token.granted();
        let entry = Entry {
            access_token: granted.access_token.expose().to_owned(),
            obtained: token.obtained().seconds(),
            lifetime: granted.expires_in.as_secs(),
            scope: granted.scope.clone(),
            rejected_scope: granted.rejected_scope.clone(),
        };
        let Ok(plain) = serde_json::to_vec(&entry).map(zeroize::Zeroizing::new) else { return };
        let sealed = self.key.0.seal(place.as_bytes(), &plain);
        let stored = within(self.store.put(place, sealed, token.expires().since(now))).await;
        if let Err(why) = stored {
            telemetry::shared_cache(telemetry::Shared::Failed);
            tracing::warn!(%why, "a token could not be shared");
        }
    }

    fn read(&self, place: &str, sealed: &[u8]) -> Option<Entry> {
        let bounded = Some(sealed).filter(|sealed| sealed.len() <= MAX_BYTES);
        let opened = bounded.and_then(|sealed| self.key.0.open(place.as_bytes(), sealed));
        let entry = opened.and_then(|plain| serde_json::from_slice(&plain).ok());
        if entry.is_none() {
            tracing::warn!("the shared cache holds a value that this client's key does not open");
        }
        entry
    }
}

async fn within<T>(stored: Stored<'_, T>) -> Result<T, StoreError> {
    let late = |_| StoreError::new(format_args!("no answer within {PATIENCE:?}"));
    tokio::time::timeout(PATIENCE, stored).await.map_err(late)?
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

    #[test]
    fn a_key_is_32_bytes_and_does_not_print() {
        let text = base64url::encode(&[7; 32]);
        assert_eq!(format!("{:?}", SharedKey::parse(&text).unwrap()), "SharedKey(hidden)");
        for wrong in ["", "AAAA", &base64url::encode(&[7; 31]), &base64url::encode(&[7; 33]), "not base64!"] {
            assert!(SharedKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
