//! The authority's own keys: made off the start path, kept in the store, published.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::id::KeyId;
use helseid_protocol::jose::format::Certificate;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::Draft;
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, PublicJwk, RsaSize, SigningKey};
use helseid_protocol::time::Timestamp;
use tokio::sync::watch;

use crate::model::StoredSigningKey;
use crate::store::Store;

/// How long a request waits for the key of a new authority.
const PATIENCE: Duration = Duration::from_secs(30);

/// The key that signs, and what is published of it.
#[derive(Debug)]
pub(crate) struct Current {
    key: SigningKey,
    header: Object,
    /// The JWK Set as JSON.
    pub(crate) published: String,
}

impl Current {
    /// A JWT of type `at+jwt` with these claims (RFC 9068 section 2.1).
    pub(crate) fn sign(&self, claims: &Object) -> String {
        Draft::new(&self.header, claims).sign(&self.key)
    }

    fn of(stored: &[StoredSigningKey], algorithm: Algorithm) -> Result<Option<Self>, String> {
        let read = |key: &StoredSigningKey| {
            PrivateJwk::read(key.jwk.expose().as_bytes()).map_err(|why| why.to_string())
        };
        let keys = stored.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let Some(newest) = keys.iter().find(|key| key.public().algorithm() == Some(algorithm)) else {
            return Ok(None);
        };
        let public: Vec<PublicJwk> = keys.iter().map(|key| key.public().clone()).collect();
        let key = SigningKey::new(newest).map_err(|why| why.to_string())?;
        let mut header = Object::new();
        header.insert("alg".into(), algorithm.name().into());
        header.insert("typ".into(), "at+jwt".into());
        for name in ["kid", "x5t"] {
            if let Some(value) = newest.public().members().get(name) {
                header.insert(name.into(), value.clone());
            }
        }
        Ok(Some(Self { key, header, published: JwkSet::new(public).to_json() }))
    }
}

/// Hands out the current key, once it is there.
#[derive(Debug, Clone)]
pub(crate) struct SigningKeys(watch::Receiver<Option<Arc<Current>>>);

/// There is no key yet, or its making failed.
#[derive(Debug)]
pub(crate) struct NotReady;

impl SigningKeys {
    /// Takes the keys of the store; makes one in the background if there is none for `algorithm`.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Self, crate::Error> {
        let failed = |why: String| crate::StoreError::Unreadable { what: "signing key", why };
        let stored = store.signing_keys().await?;
        let current = Current::of(&stored, algorithm).map_err(failed)?;
        let there = current.is_some();
        let (sender, receiver) = watch::channel(current.map(Arc::new));
        if !there {
            tokio::spawn(async move {
                match make(&*store, stored, algorithm, now).await {
                    Ok(current) => drop(sender.send(Some(Arc::new(current)))),
                    Err(why) => tracing::error!(%why, "the signing key could not be made"),
                }
            });
        }
        Ok(Self(receiver))
    }

    /// The key, for which a request waits at most 30 s.
    pub(crate) async fn current(&self) -> Result<Arc<Current>, NotReady> {
        if let Some(current) = self.ready() {
            return Ok(current);
        }
        let mut there = self.0.clone();
        let waited = tokio::time::timeout(PATIENCE, there.wait_for(Option::is_some)).await;
        waited.ok().and_then(|found| found.ok()?.clone()).ok_or(NotReady)
    }

    /// The key, if it is there.
    pub(crate) fn ready(&self) -> Option<Arc<Current>> {
        self.0.borrow().clone()
    }
}

async fn make(
    store: &dyn Store,
    mut stored: Vec<StoredSigningKey>,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<Current, String> {
    let made = tokio::task::spawn_blocking(move || new_key(algorithm, now)).await;
    let made = made.map_err(|why| why.to_string())??;
    store.put_signing_key(&made).await.map_err(|why| why.to_string())?;
    stored.insert(0, made);
    Current::of(&stored, algorithm)?.ok_or_else(|| "the new key is of another algorithm".to_owned())
}

/// RSA has 3072 bits. As with HelseID, `kid` is the SHA-1 of the key's certificate in capitals, and `x5t` the same in
/// base64url; the certificate is signed by the key itself.
fn new_key(algorithm: Algorithm, now: Timestamp) -> Result<StoredSigningKey, String> {
    let key = PrivateJwk::generate(algorithm, RsaSize::Bits3072, None);
    let certificate = Certificate::self_signed(&key, "HelseID, local", now).map_err(|why| why.to_string())?;
    let hash = certificate.sha1_thumbprint();
    let kid: String = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    let id = KeyId::parse(&kid).map_err(|why| why.to_string())?;
    let key = key.map_public(|public| certificate.thumbprint_in(public.with_key_id(id)));
    Ok(StoredSigningKey { jwk: key.to_json(), kid, created: now })
}
