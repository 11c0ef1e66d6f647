//! Who signs assertions: a key at hand, a key file that may change, or something outside this process.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use helseid_protocol::id::KeyId;
use helseid_protocol::jose::{Algorithm, SigningKey};
use helseid_protocol::time::Timestamp;

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
    One(Named),
    /// The key of a file, read anew when the file has changed.
    File(Box<WatchedFile>),
}

/// A signer, and what tells it from others: a thumbprint, or what an external signer calls its key.
#[derive(Clone)]
pub(crate) struct Named {
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) name: Arc<str>,
}

pub(crate) struct WatchedFile {
    config: Config,
    path: PathBuf,
    current: Mutex<Watched>,
}

struct Watched {
    stamp: Stamp,
    looked: Timestamp,
    key: Named,
}

/// What differs when a file was replaced or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Named {
    pub(crate) fn external(signer: Arc<dyn Signer>) -> Self {
        let kid = signer.key_id();
        let name = format!("{} {}", signer.algorithm(), kid.as_ref().map_or("", KeyId::as_str)).into();
        Self { signer, name }
    }

    fn own(key: SigningKey) -> Self {
        Self { name: key.public().thumbprint().as_str().into(), signer: Arc::new(key) }
    }
}

impl Signers {
    pub(crate) fn of(config: &Config, now: Timestamp) -> Result<Self, Error> {
        match &config.key {
            KeyLocation::File(path) => {
                // First the stamp: a change while the key is read is seen at the next look.
                let stamp = Stamp::of(path);
                let key = Named::own(config.signing_key()?);
                let current = Mutex::new(Watched { stamp, looked: now, key });
                Ok(Self::File(Box::new(WatchedFile { config: config.clone(), path: path.clone(), current })))
            }
            _ => Ok(Self::One(Named::own(config.signing_key()?))),
        }
    }

    /// The signer for the next assertion. A file is looked at once in a second; one that cannot be used, half-written
    /// perhaps, leaves the key that was there.
    pub(crate) fn current(&self, now: Timestamp) -> Named {
        match self {
            Self::One(signer) => signer.clone(),
            Self::File(file) => file.key(now),
        }
    }
}

impl WatchedFile {
    fn key(&self, now: Timestamp) -> Named {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked == now {
            return current.key.clone();
        }
        current.looked = now;
        let stamp = Stamp::of(&self.path);
        if stamp != current.stamp {
            current.stamp = stamp;
            match self.config.signing_key() {
                Ok(key) => {
                    let kid = key.public().key_id().map(KeyId::as_str);
                    tracing::info!(kid, "the key file has changed");
                    current.key = Named::own(key);
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
        current.key.clone()
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
