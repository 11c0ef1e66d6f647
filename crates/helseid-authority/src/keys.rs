//! The authority's own keys: made off the start path, kept in the store, published before they sign and after.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use helseid_admin_api::SigningKeyEntry;
use helseid_protocol::id::KeyId;
use helseid_protocol::jose::format::Certificate;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::Draft;
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::time::Timestamp;
use tokio::sync::{Mutex, watch};

use crate::domain::model::StoredSigningKey;
use crate::storage::registry::{Applied, Store, StoreError, Version};

/// How long a request waits for the key of a new authority.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most expired keys that are shown.
const MAX_EXPIRED: usize = 20;

/// All keys, at one moment; who signs and what is published follows from the time.
#[derive(Debug)]
pub(crate) struct Ring {
    /// The one that signs last comes first.
    keys: Vec<Ready>,
}

#[derive(Debug)]
struct Ready {
    key: SigningKey,
    verify: VerifyKey,
    header: Object,
    stored: StoredSigningKey,
}

impl Ring {
    /// A JWT of type `at+jwt` with these claims (RFC 9068 section 2.1).
    pub(crate) fn sign(&self, claims: &Object, algorithm: Algorithm, now: Timestamp) -> Option<String> {
        let signer = self.signer(algorithm, now)?;
        Some(Draft::new(&signer.header, claims).sign(&signer.key))
    }

    /// What signs with `algorithm` at `now`.
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
    fn of(mut stored: Vec<StoredSigningKey>) -> Self {
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

    fn signs_with(&self, algorithm: Algorithm) -> bool {
        self.keys.iter().any(|ready| ready.key.algorithm() == algorithm)
    }
}

impl Ready {
    fn new(stored: StoredSigningKey) -> Result<Self, StoreError> {
        let jwk = PrivateJwk::read(stored.jwk.expose().as_bytes()).map_err(unreadable)?;
        let key = SigningKey::new(&jwk).map_err(unreadable)?;
        let verify = VerifyKey::new(key.public().clone()).map_err(unreadable)?;
        let mut header = Object::new();
        header.insert("alg".into(), key.algorithm().name().into());
        header.insert("typ".into(), "at+jwt".into());
        for name in ["kid", "x5t"] {
            if let Some(value) = jwk.public().members().get(name) {
                header.insert(name.into(), value.clone());
            }
        }
        Ok(Self { key, verify, header, stored })
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.stored.retires.is_some_and(|retires| retires <= now)
    }
}

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
    ring: Arc<watch::Sender<Option<Arc<Ring>>>>,
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
        let ring = Ring::of(store.signing_keys().await?);
        let there = ring.signs_with(kind.algorithm).then(|| Arc::new(ring));
        Ok(Self {
            store,
            kind,
            ring: Arc::new(watch::Sender::new(there)),
            rotating: Mutex::new(()),
            followed: AtomicI64::new(0),
        })
    }

    /// Makes a key in the background if there is none for the algorithm. RSA takes a core for some tenths of a second:
    /// whoever is not to wait for it comes first.
    pub(crate) fn make_missing(&self, now: Timestamp) {
        if self.ready().is_some() {
            return;
        }
        let (store, ring, kind) = (self.store.clone(), self.ring.clone(), self.kind);
        tokio::spawn(async move {
            match make(&*store, kind, now).await {
                Ok(made) => drop(ring.send_replace(Some(Arc::new(made)))),
                Err(why) => tracing::error!(%why, "the signing key could not be made"),
            }
        });
    }

    /// The keys, for the first of which a request waits at most 30 s.
    pub(crate) async fn ring(&self) -> Result<Arc<Ring>, NotReady> {
        if let Some(ring) = self.ready() {
            return Ok(ring);
        }
        let mut there = self.ring.subscribe();
        let waited = tokio::time::timeout(PATIENCE, there.wait_for(Option::is_some)).await;
        waited.ok().and_then(|found| found.ok()?.clone()).ok_or(NotReady)
    }

    /// The keys, if there is one.
    pub(crate) fn ready(&self) -> Option<Arc<Ring>> {
        self.ring.borrow().clone()
    }

    /// Publishes a new key that signs after `lead`. The keys before it stay published until the last token that they
    /// may have signed, one of `longest` life, has expired.
    pub(crate) async fn rotate(
        &self,
        lead: Duration,
        longest: Duration,
        now: Timestamp,
    ) -> Result<Arc<Ring>, StoreError> {
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
        let ring = Arc::new(Ring::of(self.store.signing_keys().await?));
        self.ring.send_replace(Some(ring.clone()));
        Ok(ring)
    }

    /// Takes over the keys that another replica has put, as of this version of the store.
    pub(crate) async fn follow(&self, version: Version) -> Result<(), StoreError> {
        if self.followed.load(Ordering::SeqCst) >= version {
            return Ok(());
        }
        let ring = Ring::of(self.store.signing_keys().await?);
        if ring.signs_with(self.kind.algorithm) {
            self.ring.send_replace(Some(Arc::new(ring)));
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
        let ring = Arc::new(Ring::of(vec![stored]));
        Self {
            store: Arc::new(crate::storage::registry::NoStore),
            kind: KeyKind { algorithm: Algorithm::ES256, rsa: RsaSize::Bits2048 },
            ring: Arc::new(watch::Sender::new(Some(ring))),
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

async fn make(store: &dyn Store, kind: KeyKind, now: Timestamp) -> Result<Ring, StoreError> {
    let new = new_key(kind, now, now).await?;
    loop {
        let keys = store.signing_keys().await?;
        let known = names(&keys);
        let ring = Ring::of(keys);
        // Of replicas that start together, one makes the key.
        if ring.signs_with(kind.algorithm) {
            return Ok(ring);
        }
        if store.put_signing_keys(std::slice::from_ref(&new), &known).await? == Applied::Done {
            return store.signing_keys().await.map(Ring::of);
        }
    }
}

/// A key without an end before those that it follows, also where it follows within the second.
fn sort(keys: &mut [StoredSigningKey]) {
    keys.sort_by_key(|key| (key.retires.is_some(), Reverse(key.active_from), Reverse(key.created)));
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
