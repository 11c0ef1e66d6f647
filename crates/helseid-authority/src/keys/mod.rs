//! The authority's own keys: made off the start path, kept in the store, published before they sign and after.

mod set;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use helseid_protocol::id::KeyId;
use helseid_protocol::jose::format::Certificate;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::time::Timestamp;
use tokio::sync::{Mutex, watch};

use crate::domain::model::StoredSigningKey;
use crate::storage::registry::{Applied, Store, StoreError, Version};

use set::sort;
pub(crate) use set::{JwtKind, SigningKeySet};

/// How long a request waits for the key of a new authority.
const FIRST_KEY_TIMEOUT: Duration = Duration::from_secs(30);

/// What a new key is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyKind {
    pub(crate) algorithm: Algorithm,
    /// Its size if it is RSA.
    pub(crate) rsa: RsaSize,
}

/// Hands out the keys, once there is one, and rotates them.
pub(crate) struct SigningKeys {
    store: Arc<dyn Store>,
    kind: KeyKind,
    set: Arc<watch::Sender<Option<Arc<SigningKeySet>>>>,
    rotating: Mutex<()>,
    /// The version of the store that other replicas' keys were last taken over from.
    followed: AtomicI64,
}

/// There is no key yet, or its making failed.
#[derive(Debug)]
pub(crate) struct NotReady;

impl SigningKeys {
    /// What tokens are signed with.
    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.kind.algorithm
    }

    /// Takes the keys of the store.
    pub(crate) async fn load(store: Arc<dyn Store>, kind: KeyKind) -> Result<Self, StoreError> {
        let set = SigningKeySet::of(store.signing_keys().await?);
        let there = set.signs_with(kind.algorithm).then(|| Arc::new(set));
        Ok(Self {
            store,
            kind,
            set: Arc::new(watch::Sender::new(there)),
            rotating: Mutex::new(()),
            followed: AtomicI64::new(0),
        })
    }

    /// Makes a key in the background if there is none for the algorithm. RSA takes a core for some tenths of a second:
    /// whoever is not to wait for it comes first.
    pub(crate) fn make_missing(&self, now: Timestamp) {
        if self.current().is_some() {
            return;
        }
        let (store, set, kind) = (self.store.clone(), self.set.clone(), self.kind);
        tokio::spawn(async move {
            match make(&*store, kind, now).await {
                Ok(made) => drop(set.send_replace(Some(Arc::new(made)))),
                Err(why) => tracing::error!(%why, "the signing key could not be made"),
            }
        });
    }

    /// The keys, for the first of which a request waits at most 30 s.
    pub(crate) async fn wait(&self) -> Result<Arc<SigningKeySet>, NotReady> {
        if let Some(set) = self.current() {
            return Ok(set);
        }
        let mut there = self.set.subscribe();
        let waited = tokio::time::timeout(FIRST_KEY_TIMEOUT, there.wait_for(Option::is_some)).await;
        waited.ok().and_then(|found| found.ok()?.clone()).ok_or(NotReady)
    }

    /// The keys, if there is one.
    pub(crate) fn current(&self) -> Option<Arc<SigningKeySet>> {
        self.set.borrow().clone()
    }

    /// Publishes a new key that signs after `lead`. The keys before it stay published until the last token that they
    /// may have signed, one of `longest` life, has expired.
    pub(crate) async fn rotate(
        &self,
        lead: Duration,
        longest: Duration,
        now: Timestamp,
    ) -> Result<Arc<SigningKeySet>, StoreError> {
        let _one_at_a_time = self.rotating.lock().await;
        let active_from = now.plus(lead);
        let new = new_key(self.kind, now, active_from).await?;
        loop {
            let mut keys = self.store.signing_keys().await?;
            let known = names(&keys);
            keys.retain(|key| key.retires.is_none());
            for key in &mut keys {
                // One that has not begun to sign never will.
                let begins_later = key.active_from > now;
                key.retires = Some(if begins_later { now } else { active_from.plus(longest) });
            }
            keys.push(new.clone());
            // When another replica rotated meanwhile, its key is one of those before ours.
            if self.store.put_signing_keys(&keys, &known).await? == Applied::Done {
                break;
            }
        }
        let set = Arc::new(SigningKeySet::of(self.store.signing_keys().await?));
        self.set.send_replace(Some(set.clone()));
        Ok(set)
    }

    /// Takes over the keys that another replica has put, as of this version of the store.
    pub(crate) async fn follow(&self, version: Version) -> Result<(), StoreError> {
        if self.followed.load(Ordering::SeqCst) >= version {
            return Ok(());
        }
        let set = SigningKeySet::of(self.store.signing_keys().await?);
        if set.signs_with(self.kind.algorithm) {
            self.set.send_replace(Some(Arc::new(set)));
        }
        self.followed.store(version, Ordering::SeqCst);
        Ok(())
    }
}

#[cfg(test)]
impl SigningKeys {
    /// One key of ES256 for all tests, that of RFC 7515 appendix A.3, without a store.
    pub(crate) fn fixed() -> Self {
        const KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"fixed",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
        let jwk = PrivateJwk::read(KEY.as_bytes()).unwrap().to_json();
        let start = Timestamp::from_seconds(0);
        let stored = StoredSigningKey {
            jwk,
            kid: "fixed".to_owned(),
            created: start,
            active_from: start,
            retires: None,
        };
        let set = Arc::new(SigningKeySet::of(vec![stored]));
        Self {
            store: Arc::new(crate::storage::registry::NoStore),
            kind: KeyKind { algorithm: Algorithm::ES256, rsa: RsaSize::Bits2048 },
            set: Arc::new(watch::Sender::new(Some(set))),
            rotating: Mutex::new(()),
            followed: AtomicI64::new(0),
        }
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SigningKeys").field("kind", &self.kind).finish_non_exhaustive()
    }
}

async fn make(store: &dyn Store, kind: KeyKind, now: Timestamp) -> Result<SigningKeySet, StoreError> {
    let new = new_key(kind, now, now).await?;
    loop {
        let keys = store.signing_keys().await?;
        let known = names(&keys);
        let set = SigningKeySet::of(keys);
        // Of replicas that start together, one makes the key.
        if set.signs_with(kind.algorithm) {
            return Ok(set);
        }
        if store.put_signing_keys(std::slice::from_ref(&new), &known).await? == Applied::Done {
            return store.signing_keys().await.map(SigningKeySet::of);
        }
    }
}

/// What the keys without an end sign with, the newest first; those that cannot be read are left out.
pub(crate) async fn algorithms(store: &dyn Store) -> Result<Vec<Algorithm>, StoreError> {
    let mut keys = store.signing_keys().await?;
    keys.retain(|key| key.retires.is_none());
    sort(&mut keys);
    let algorithm = |key: &StoredSigningKey| {
        let jwk = PrivateJwk::read(key.jwk.expose().as_bytes()).ok()?;
        let public = jwk.public();
        Some(public.algorithm().unwrap_or_else(|| public.key_type().preferred_algorithm()))
    };
    Ok(keys.iter().filter_map(algorithm).collect())
}

fn names(keys: &[StoredSigningKey]) -> BTreeSet<String> {
    keys.iter().map(|key| key.kid.clone()).collect()
}

async fn new_key(
    kind: KeyKind,
    now: Timestamp,
    active_from: Timestamp,
) -> Result<StoredSigningKey, StoreError> {
    let made = tokio::task::spawn_blocking(move || generated(kind, now, active_from)).await;
    made.map_err(unreadable)?
}

/// As with HelseID, `kid` is the SHA-1 of the key's certificate in capitals, and `x5t` the same in
/// base64url; the certificate is signed by the key itself.
fn generated(kind: KeyKind, now: Timestamp, active_from: Timestamp) -> Result<StoredSigningKey, StoreError> {
    let key = PrivateJwk::generate(kind.algorithm, kind.rsa, None);
    let certificate = Certificate::self_signed(&key, "HelseID, local", now).map_err(unreadable)?;
    let hash = certificate.sha1_thumbprint();
    let kid: String = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    let id = KeyId::parse(&kid).map_err(unreadable)?;
    let key = key.map_public(|public| certificate.thumbprint_in(public.with_key_id(id)));
    Ok(StoredSigningKey { jwk: key.to_json(), kid, created: now, active_from, retires: None })
}

fn unreadable(why: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable { what: "signing key", why: why.to_string() }
}
