//! The signer of the next assertion.

use std::sync::Arc;

use helseid_protocol::time::Timestamp;

use super::key_file::WatchedKeyFile;
use super::named::{NamedSigner, Signer};
use crate::config::{Config, KeyLocation};
use crate::error::Error;

/// Where the signer of the next assertion comes from.
pub(crate) enum Signers {
    /// It is always the same.
    Fixed(NamedSigner),
    /// The key in a file, which is read again when the file changes.
    File(Box<WatchedKeyFile>),
}

impl Signers {
    /// Reads the configuration's key.
    pub(crate) fn of(config: &Config, now: Timestamp) -> Result<Self, Error> {
        match &config.key {
            KeyLocation::File(path) => Ok(Self::File(Box::new(WatchedKeyFile::open(config, path, now)?))),
            _ => Ok(Self::Fixed(NamedSigner::of_key(config.signing_key()?))),
        }
    }

    /// Has `signer` sign, which is outside this process.
    pub(crate) fn external(signer: Arc<dyn Signer>) -> Self {
        Self::Fixed(NamedSigner::external(signer))
    }

    /// The signer of the next assertion.
    pub(crate) fn current(&self, now: Timestamp) -> NamedSigner {
        match self {
            Self::Fixed(signer) => signer.clone(),
            Self::File(file) => file.current(now),
        }
    }
}
