//! A key file that is read again when it changes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use helseid_protocol::id::KeyId;
use helseid_protocol::time::Timestamp;

use super::named::NamedSigner;
use crate::config::Config;
use crate::error::Error;

pub(crate) struct WatchedKeyFile {
    config: Config,
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    stamp: Stamp,
    checked: Timestamp,
    key: NamedSigner,
}

/// What differs after a file was replaced or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl WatchedKeyFile {
    /// Reads the key in the file `path`, which is the configuration's.
    pub(super) fn open(config: &Config, path: &Path, now: Timestamp) -> Result<Self, Error> {
        // The stamp comes first: a change while the key is read is noticed at the next check.
        let stamp = Stamp::of(path);
        let key = NamedSigner::of_key(config.signing_key()?);
        let state = Mutex::new(State { stamp, checked: now, key });
        Ok(Self { config: config.clone(), path: path.to_owned(), state })
    }

    /// The key in the file. The file is checked once a second; one that cannot be used, perhaps half-written, leaves the key
    /// that was read before.
    pub(super) fn current(&self, now: Timestamp) -> NamedSigner {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.checked == now {
            return state.key.clone();
        }
        state.checked = now;
        let stamp = Stamp::of(&self.path);
        if stamp != state.stamp {
            state.stamp = stamp;
            match self.config.signing_key() {
                Ok(key) => {
                    let kid = key.public().key_id().map(KeyId::as_str);
                    tracing::info!(kid, "the key file has changed");
                    state.key = NamedSigner::of_key(key);
                }
                Err(error) => {
                    tracing::warn!(
                        what = error.what(),
                        why = error.why(),
                        "the key file has changed and cannot be used; the old key stays"
                    );
                }
            }
        }
        state.key.clone()
    }
}

impl Stamp {
    fn of(path: &Path) -> Self {
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
