//! The keys that sign tokens, at one moment: which one signs and which are published follows from the time.

use std::cmp::Reverse;

use helseid_admin_api::SigningKeyEntry;
use helseid_protocol::id::KeyId;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::Draft;
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, SigningKey, VerifyKey};
use helseid_protocol::logout;
use helseid_protocol::time::Timestamp;

use super::unreadable;
use crate::domain::model::StoredSigningKey;
use crate::storage::registry::StoreError;

/// The most expired keys that are shown.
const MAX_EXPIRED: usize = 20;

/// All keys of the authority, at one moment.
#[derive(Debug)]
pub(crate) struct SigningKeySet {
    /// The one that signs last comes first.
    keys: Vec<Ready>,
}

#[derive(Debug)]
struct Ready {
    key: SigningKey,
    verify: VerifyKey,
    headers: Headers,
    stored: StoredSigningKey,
}

/// What is written before the claims, for each kind of token.
#[derive(Debug)]
struct Headers {
    access_token: Object,
    id_token: Object,
    logout_token: Object,
}

/// What a JWT of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JwtKind {
    /// `at+jwt` (RFC 9068 section 2.1).
    Access,
    /// `JWT` (OpenID Connect Core 1.0 section 2).
    Id,
    /// `logout+jwt` (OpenID Connect Back-Channel Logout 1.0 section 2.4).
    Logout,
}

impl SigningKeySet {
    /// A JWT of this kind with these claims.
    pub(crate) fn sign(
        &self,
        kind: JwtKind,
        claims: &Object,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Option<String> {
        let signer = self.signer(algorithm, now)?;
        let header = match kind {
            JwtKind::Access => &signer.headers.access_token,
            JwtKind::Id => &signer.headers.id_token,
            JwtKind::Logout => &signer.headers.logout_token,
        };
        Some(Draft::new(header, claims).sign(&signer.key))
    }

    /// What signs with `algorithm` at `now`.
    #[cfg(feature = "nhn")]
    pub(crate) fn signing_key(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKey> {
        self.signer(algorithm, now).map(|signer| &signer.key)
    }

    /// The newest key whose time has come; before that of the first, the first.
    fn signer(&self, algorithm: Algorithm, now: Timestamp) -> Option<&Ready> {
        let mut own = self.keys.iter().filter(|ready| ready.key.algorithm() == algorithm);
        let has_begun = |ready: &&Ready| ready.stored.active_from <= now && !ready.is_expired(now);
        own.clone().find(has_begun).or_else(|| own.next_back())
    }

    /// The published key of this name.
    pub(crate) fn verify_key(&self, kid: &KeyId, now: Timestamp) -> Option<&VerifyKey> {
        let named = |ready: &&Ready| ready.verify.key_id() == Some(kid) && !ready.is_expired(now);
        self.keys.iter().find(named).map(|ready| &ready.verify)
    }

    /// The key of this name, also one that is no longer published: an ID token that comes back as a hint may be old.
    pub(crate) fn past_key(&self, kid: &KeyId) -> Option<&VerifyKey> {
        self.keys.iter().map(|ready| &ready.verify).find(|key| key.key_id() == Some(kid))
    }

    /// The JWK Set that is published, as JSON.
    pub(crate) fn published(&self, now: Timestamp) -> String {
        let keys = self.keys.iter().filter(|ready| !ready.is_expired(now));
        JwkSet::new(keys.map(|ready| ready.verify.jwk().clone()).collect()).to_json()
    }

    /// The keys whose last token has expired, as JSON.
    pub(crate) fn expired(&self, now: Timestamp) -> String {
        let keys = self.keys.iter().filter(|ready| ready.is_expired(now)).take(MAX_EXPIRED);
        JwkSet::new(keys.map(|ready| ready.verify.jwk().clone()).collect()).to_json()
    }

    /// Each key and what it is for at `now`.
    pub(crate) fn entries(&self, algorithm: Algorithm, now: Timestamp) -> Vec<SigningKeyEntry> {
        let signer = self.signer(algorithm, now).map(|signer| &signer.stored.kid);
        let entry = |ready: &Ready| SigningKeyEntry {
            kid: ready.stored.kid.clone(),
            alg: ready.key.algorithm().name().to_owned(),
            created: ready.stored.created,
            active_from: ready.stored.active_from,
            retires: ready.stored.retires,
            state: match () {
                () if Some(&ready.stored.kid) == signer => "signing",
                () if ready.is_expired(now) => "expired",
                () if ready.stored.active_from > now => "next",
                () => "published",
            }
            .to_owned(),
        };
        self.keys.iter().map(entry).collect()
    }

    /// A key that cannot be read is left out: it neither signs nor is published, and the others do.
    pub(super) fn of(mut stored: Vec<StoredSigningKey>) -> Self {
        sort(&mut stored);
        let mut keys = Vec::with_capacity(stored.len());
        for stored in stored {
            let kid = stored.kid.clone();
            match Ready::new(stored) {
                Ok(ready) => keys.push(ready),
                Err(why) => tracing::error!(kid, %why, "a signing key is left out"),
            }
        }
        Self { keys }
    }

    pub(super) fn signs_with(&self, algorithm: Algorithm) -> bool {
        self.keys.iter().any(|ready| ready.key.algorithm() == algorithm)
    }
}

impl Ready {
    fn new(stored: StoredSigningKey) -> Result<Self, StoreError> {
        let jwk = PrivateJwk::read(stored.jwk.expose().as_bytes()).map_err(unreadable)?;
        let key = SigningKey::new(&jwk).map_err(unreadable)?;
        let verify = VerifyKey::new(key.public().clone()).map_err(unreadable)?;
        let header = |typ: &str| {
            let mut header = Object::new();
            header.insert("alg".into(), key.algorithm().name().into());
            header.insert("typ".into(), typ.into());
            for name in ["kid", "x5t"] {
                if let Some(value) = jwk.public().members().get(name) {
                    header.insert(name.into(), value.clone());
                }
            }
            header
        };
        let headers = Headers {
            access_token: header("at+jwt"),
            id_token: header("JWT"),
            logout_token: header(logout::TYP),
        };
        Ok(Self { key, verify, headers, stored })
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.stored.retires.is_some_and(|retires| retires <= now)
    }
}

/// A key without an end before those that it follows, also where it follows within the second.
pub(super) fn sort(keys: &mut [StoredSigningKey]) {
    keys.sort_by_key(|key| (key.retires.is_some(), Reverse(key.active_from), Reverse(key.created)));
}
