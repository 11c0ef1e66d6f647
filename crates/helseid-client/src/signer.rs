//! Who signs assertions: a key at hand, a key file that may change, or something outside this process.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use helseid_protocol::id::KeyId;
use helseid_protocol::jose::{Algorithm, SigningKey};

use crate::error::{self, Error};
use crate::{Config, KeyLocation};

/// What signing gives, sooner or later.
pub type Signature<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SignError>> + Send + 'a>>;

/// Signs client assertions. Implement it for a key that never enters this process: in an HSM, a vault, a KMS.
///
/// It is asked once for each token request, a few times in an hour, and never for a call of an API: proofs are signed by a
/// key in memory.
pub trait Signer: Send + Sync + 'static {
    /// The algorithm of the signatures; the registered key must be one for it.
    fn algorithm(&self) -> Algorithm;
    /// The registered key's `kid`; without it the authority tries the client's keys.
    fn key_id(&self) -> Option<KeyId>;
    /// The signature over `message`, as JWS has it (RFC 7518 section 3): for ECDSA both numbers at fixed length, not DER.
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signature<'a>;
}

/// A signature could not be made. Say why in one line, without anything secret.
#[derive(Debug, Clone)]
pub struct SignError {
    why: String,
    transient: bool,
}

impl SignError {
    /// It will fail again.
    pub fn permanent(why: impl fmt::Display) -> Self {
        Self { why: why.to_string(), transient: false }
    }

    /// Another try may well succeed.
    pub fn transient(why: impl fmt::Display) -> Self {
        Self { why: why.to_string(), transient: true }
    }

    pub(crate) const fn is_transient(&self) -> bool {
        self.transient
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}

impl std::error::Error for SignError {}

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

/// Where the signer of the next assertion comes from.
pub(crate) enum Signers {
    /// Always the same.
    One(Arc<dyn Signer>),
    /// The key of a file, read anew when the file has changed.
    File(Box<WatchedFile>),
}

pub(crate) struct WatchedFile {
    config: Config,
    path: PathBuf,
    current: Mutex<(Stamp, Arc<SigningKey>)>,
}

/// What differs when a file was replaced or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Signers {
    pub(crate) fn of(config: &Config) -> Result<Self, Error> {
        match &config.key {
            KeyLocation::File(path) => {
                // First the stamp: a change while the key is read is seen at the next look.
                let stamp = Stamp::of(path);
                let key = Arc::new(config.signing_key()?);
                let current = Mutex::new((stamp, key));
                Ok(Self::File(Box::new(WatchedFile { config: config.clone(), path: path.clone(), current })))
            }
            _ => Ok(Self::One(Arc::new(config.signing_key()?))),
        }
    }

    /// The signer for the next assertion. A file that cannot be used, half-written perhaps, leaves the key that was there.
    pub(crate) fn current(&self) -> Arc<dyn Signer> {
        match self {
            Self::One(signer) => signer.clone(),
            Self::File(file) => file.key(),
        }
    }
}

impl WatchedFile {
    fn key(&self) -> Arc<SigningKey> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::of(&self.path);
        if stamp != current.0 {
            match self.config.signing_key() {
                Ok(key) => {
                    tracing::info!(
                        kid = key.public().key_id().map(KeyId::as_str),
                        "the key file has changed"
                    );
                    *current = (stamp, Arc::new(key));
                }
                Err(error) => {
                    tracing::warn!(
                        what = error.what(),
                        why = error.why(),
                        "the key file has changed, and the old key stays"
                    );
                }
            }
        }
        current.1.clone()
    }
}

impl Stamp {
    fn of(path: &std::path::Path) -> Self {
        let metadata = std::fs::metadata(path).ok();
        #[cfg(unix)]
        let inode = metadata.as_ref().map_or(0, std::os::unix::fs::MetadataExt::ino);
        #[cfg(not(unix))]
        let inode = 0;
        Self {
            modified: metadata.as_ref().and_then(|metadata| metadata.modified().ok()),
            length: metadata.as_ref().map_or(0, std::fs::Metadata::len),
            inode,
        }
    }
}

impl From<SignError> for Error {
    fn from(why: SignError) -> Self {
        error::Inner::Signer(why).into()
    }
}
