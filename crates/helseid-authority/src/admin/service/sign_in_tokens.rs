//! What opens the pages: a code once, and then a session for some hours. Only hashes of both are stored, in the ephemeral
//! store, so that a session that one replica opened is known to all.

use std::sync::Arc;
use std::time::Duration;

use helseid_admin_api::SignInLink;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::{self, MacKey};
use helseid_protocol::random::{Random, bytes16, bytes32};
use helseid_protocol::time::{Clock, Timestamp};

use super::super::mount::AdminMount;
use super::super::site::AdminSite;
use super::error::ServiceError;
use crate::storage::ephemeral::{Entry, EphemeralStore, Key, Namespace, Value, Write};

/// How long a code opens a session.
const CODE: Duration = Duration::from_secs(600);

/// How many unpredictable bytes a code is.
const CODE_BYTES: usize = 16;

/// How long a session lasts.
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 3600);

/// The hash of a code or of a session's token; whoever reads it cannot come in with it.
pub(crate) type TokenHash = [u8; 32];

/// The kinds of tokens. One is never taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// Opens a session, once.
    Code,
    /// Opens the pages until it ends.
    Session,
}

/// The hash under which a code or a session's token is stored.
pub(crate) fn hash(secret: &str) -> TokenHash {
    crypto::sha256(secret.as_bytes())
}

/// The codes and sessions.
pub(crate) struct SignInTokens {
    pub(crate) store: Arc<dyn EphemeralStore>,
    /// By which the store's keys are hashed.
    pub(crate) hash_key: Arc<MacKey>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl SignInTokens {
    /// A new code, and when it expires.
    async fn new_code(&self) -> Result<(String, Timestamp), ServiceError> {
        let code: [u8; CODE_BYTES] = bytes16(&*self.random);
        let (code, expires) = (base64url::encode(&code), self.clock.now().plus(CODE));
        self.put(TokenKind::Code, hash(&code), expires).await?;
        Ok((code, expires))
    }

    /// The token of a new session for a code, which ends by this: of many at once, one opens a session. None if it is no code
    /// of ours, or no longer. What cannot be one is not looked up.
    pub(crate) async fn redeem(&self, code: &str) -> Result<Option<String>, ServiceError> {
        let is_possible = base64url::decode(code).is_ok_and(|bytes| bytes.len() == CODE_BYTES);
        if !is_possible || !self.take(TokenKind::Code, hash(code)).await? {
            return Ok(None);
        }
        let token = base64url::encode(&bytes32(&*self.random));
        self.put(TokenKind::Session, hash(&token), self.clock.now().plus(SESSION_LIFETIME)).await?;
        Ok(Some(token))
    }

    /// Whether the session is open.
    pub(crate) async fn is_open(&self, session: TokenHash) -> Result<bool, ServiceError> {
        let found = self.store.get(self.key(TokenKind::Session, session), self.clock.now()).await?;
        Ok(found.is_some())
    }

    /// Ends the session.
    pub(crate) async fn end(&self, session: TokenHash) -> Result<(), ServiceError> {
        self.take(TokenKind::Session, session).await.map(drop)
    }

    async fn put(&self, kind: TokenKind, hash: TokenHash, end: Timestamp) -> Result<(), ServiceError> {
        let entry = Entry { value: Value::marker(), end, group: None };
        Ok(self.store.write(Write::put(self.key(kind, hash), entry), self.clock.now()).await.map(drop)?)
    }

    /// Whether the token was there and had not ended: of many at once, this is true for one.
    async fn take(&self, kind: TokenKind, hash: TokenHash) -> Result<bool, ServiceError> {
        Ok(self.store.take(self.key(kind, hash), self.clock.now()).await?.is_some())
    }

    fn key(&self, kind: TokenKind, hash: TokenHash) -> Key {
        let namespace = match kind {
            TokenKind::Code => Namespace::SignInToken,
            TokenKind::Session => Namespace::AdminSession,
        };
        Key::new(&self.hash_key, namespace, &[&hash])
    }
}

/// A link with a new code, which the server sees only when the page sends it back: it is in the fragment.
pub(crate) async fn sign_in_link(
    site: &AdminSite,
    tokens: &SignInTokens,
) -> Result<SignInLink, ServiceError> {
    if site.mount == AdminMount::Off {
        return Err(ServiceError::unknown("page", "to sign in at: the pages are off"));
    }
    let (code, expires) = tokens.new_code().await?;
    Ok(SignInLink { url: site.address().at(&format!("/admin/sign-in#{code}")), expires })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use helseid_protocol::random::SystemRandom;

    use super::*;
    use crate::storage::ephemeral::Memory;

    /// Tokens, and the seconds that their clock shows.
    fn tokens() -> (SignInTokens, Arc<AtomicI64>) {
        let seconds = Arc::new(AtomicI64::new(1_000));
        let shown = seconds.clone();
        let clock = move || Timestamp::from_seconds(shown.load(Ordering::SeqCst));
        let tokens = SignInTokens {
            store: Arc::new(Memory::default()),
            hash_key: Arc::new(MacKey::new(&[7; 32])),
            clock: Arc::new(clock),
            random: Arc::new(SystemRandom),
        };
        (tokens, seconds)
    }

    #[tokio::test]
    async fn a_code_opens_one_session_within_its_time() {
        let (tokens, seconds) = tokens();
        let (code, expires) = tokens.new_code().await.unwrap();
        assert_eq!(expires, Timestamp::from_seconds(1_000 + 600));
        let session = tokens.redeem(&code).await.unwrap().expect("the code is good");
        assert!(tokens.is_open(hash(&session)).await.unwrap());
        assert_eq!(tokens.redeem(&code).await.unwrap(), None, "a second time");
        let (late, _) = tokens.new_code().await.unwrap();
        seconds.fetch_add(600, Ordering::SeqCst);
        assert_eq!(tokens.redeem(&late).await.unwrap(), None, "after its time");
    }

    #[tokio::test]
    async fn a_session_is_open_until_it_is_ended_or_expires() {
        let (tokens, seconds) = tokens();
        let open = async || {
            let (code, _) = tokens.new_code().await.unwrap();
            hash(&tokens.redeem(&code).await.unwrap().unwrap())
        };
        let (ended, expired) = (open().await, open().await);
        tokens.end(ended).await.unwrap();
        assert!(!tokens.is_open(ended).await.unwrap() && tokens.is_open(expired).await.unwrap());
        seconds.fetch_add(8 * 3600, Ordering::SeqCst);
        assert!(!tokens.is_open(expired).await.unwrap());
    }

    #[tokio::test]
    async fn neither_kind_is_taken_for_the_other() {
        let (tokens, _) = tokens();
        let (code, _) = tokens.new_code().await.unwrap();
        assert!(!tokens.is_open(hash(&code)).await.unwrap(), "a code opens no page");
        let session = tokens.redeem(&code).await.unwrap().unwrap();
        assert_eq!(tokens.redeem(&session).await.unwrap(), None, "a session's token opens no other session");
    }
}
