//! The trait, and a signer with a name.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use helseid_protocol::id::KeyId;
use helseid_protocol::jose::{Algorithm, SigningKey};

use crate::error::SignError;

/// The future signature.
///
/// ```
/// use helseid_client::{SignError, Signature};
///
/// /// By a device whose library blocks.
/// fn sign(message: Vec<u8>, device: fn(&[u8]) -> Result<Vec<u8>, String>) -> Signature<'static> {
///     Box::pin(async move {
///         let signed = tokio::task::spawn_blocking(move || device(&message)).await;
///         signed.map_err(SignError::transient)?.map_err(SignError::permanent)
///     })
/// }
/// ```
pub type Signature<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SignError>> + Send + 'a>>;

/// Signs client assertions. Implement it for a key that never enters this process: in an HSM, a vault or a KMS.
///
/// It is called once for each token request, a few times an hour, and never for calls of APIs: proofs are signed by a key in
/// memory.
///
/// ```
/// use helseid_client::{Signature, Signer};
/// use helseid_client::protocol::{id::KeyId, jose::Algorithm};
/// # struct Vault; impl Vault { async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, std::io::Error> { Ok(Vec::new()) } }
///
/// struct VaultKey(Vault, KeyId);
///
/// impl Signer for VaultKey {
///     fn algorithm(&self) -> Algorithm {
///         Algorithm::PS256
///     }
///     fn key_id(&self) -> Option<KeyId> {
///         Some(self.1.clone())
///     }
///     fn sign<'a>(&'a self, message: &'a [u8]) -> Signature<'a> {
///         Box::pin(async { self.0.sign(message).await.map_err(helseid_client::SignError::transient) })
///     }
/// }
/// ```
pub trait Signer: Send + Sync + 'static {
    /// The algorithm of the signatures; the registered key must allow it.
    fn algorithm(&self) -> Algorithm;
    /// The `kid` of the registered key; without it the authority tries the client's keys.
    fn key_id(&self) -> Option<KeyId>;
    /// Signs `message`. The signature is in the form of JWS (RFC 7518 section 3): for ECDSA both numbers at fixed length, not DER.
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signature<'a>;
}

impl Signer for SigningKey {
    fn algorithm(&self) -> Algorithm {
        self.algorithm()
    }

    fn key_id(&self) -> Option<KeyId> {
        self.public().key_id().cloned()
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> Signature<'a> {
        Box::pin(std::future::ready(Ok(Self::sign(self, message))))
    }
}

/// A signer and its name, which differs for different keys: a thumbprint, or the `kid` of an external signer.
#[derive(Clone)]
pub(crate) struct NamedSigner {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) name: Arc<str>,
}

impl NamedSigner {
    pub(crate) fn external(signer: Arc<dyn Signer>) -> Self {
        let kid = signer.key_id();
        let name = format!("{} {}", signer.algorithm(), kid.as_ref().map_or("", KeyId::as_str)).into();
        Self { signer, name }
    }

    pub(super) fn of_key(key: SigningKey) -> Self {
        Self { name: key.public().thumbprint().as_str().into(), signer: Arc::new(key) }
    }
}
