//! A token that is exchanged for another.

use std::fmt;
use std::time::Duration;

use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde_json::Value;

/// The token with which the client's own API was called.
#[derive(Clone)]
pub(crate) struct Subject {
    token: AccessToken,
    /// Of SHA-256, by which the exchanged token is kept.
    hash: Box<str>,
    /// Its `exp`, as it says itself; none of a token that cannot be read.
    expires: Option<Timestamp>,
}

impl Subject {
    pub(super) fn new(token: AccessToken) -> Self {
        let hash = base64url::encode(&sha256(token.expose().as_bytes())).into();
        let expires = Unverified::parse(token.expose(), MAX_BYTES)
            .ok()
            .and_then(|jws| jws.unverified_claims().get("exp").and_then(Value::as_i64))
            .map(Timestamp::from_seconds);
        Self { token, hash, expires }
    }

    pub(crate) const fn token(&self) -> &AccessToken {
        &self.token
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The lifetime of a token that was given for it at `obtained`: no longer than its own. The authority sees to that; who keeps
    /// a token does not rely on it.
    pub(crate) fn bounds(&self, lifetime: Duration, obtained: Timestamp) -> Duration {
        self.expires.map_or(lifetime, |expires| lifetime.min(expires.since(obtained)))
    }
}

/// Whoever has the text has the token.
impl fmt::Debug for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Subject").field("expires", &self.expires).finish_non_exhaustive()
    }
}
