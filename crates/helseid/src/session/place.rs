//! Where a login is kept: one file for its owner alone. Whoever changes it holds the lock of a file beside it, which stays, since
//! the file itself is another one after each change.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use helseid_client::{Config, DEFAULT_FILE};
use zeroize::Zeroizing;

use super::kept::Session;
use crate::args::{Global, SessionPlace};
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};

/// Its name, beside the configuration.
const NAME: &str = "helseid_session.json";

/// The most bytes of a session: a person's claims, and some tokens.
const MOST: u64 = 1024 * 1024;

/// How long the lock is waited for: longer than a refresh takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a command that waits for the lock tries.
const LOOK: Duration = Duration::from_millis(50);

/// A place where a login is kept.
#[derive(Debug)]
pub(crate) struct Place {
    file: PathBuf,
}

/// The place, while nobody else changes it.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    place: &'a Place,
    _lock: File,
}

impl Place {
    /// The file that was named, else the one beside the configuration.
    pub(crate) fn find(named: &SessionPlace, global: &Global) -> Self {
        let configuration = global.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        Self { file: named.session.clone().unwrap_or_else(|| configuration.with_file_name(NAME)) }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The login that is kept. Fails if there is none, if others may read it, and if it is another client's.
    pub(crate) fn read(&self, config: &Config) -> Result<Session, Failure> {
        if self.file.symlink_metadata().is_err() {
            let why = format!("{} is not there", self.file.display());
            return Err(Failure::new("nobody is logged in", why, "helseid login"));
        }
        self.require_private()?;
        let content = Zeroizing::new(files::read_up_to(&self.file, MOST)?);
        let session: Session = serde_json::from_slice(&content).map_err(|_| {
            // What serde says of it may hold a part of a token.
            let next = "remove it, and log in again: helseid login";
            Failure::new(format_args!("{} is not a login", self.file.display()), "it cannot be read", next)
        })?;
        if (&session.issuer, &session.client_id) != (&config.issuer, &config.client_id) {
            let what = format!("{} is another client's login", self.file.display());
            let why = format!("it is of {} at {}", session.client_id, session.issuer);
            let next = "use that client's configuration, or another file: --session FILE";
            return Err(Failure::new(what, why, next));
        }
        Ok(session)
    }

    /// Waits until nobody else changes the login.
    pub(crate) async fn lock(&self) -> Result<Locked<'_>, Failure> {
        self.require_private()?;
        let mut name = self.file.clone().into_os_string();
        name.push(".lock");
        let name = PathBuf::from(name);
        let failed = |why: &dyn std::fmt::Display| files::unwritable(&name, why);
        let taken = async {
            loop {
                match helseid_files::try_lock(&name) {
                    Ok(None) => tokio::time::sleep(LOOK).await,
                    Ok(Some(lock)) => return Ok(lock),
                    Err(why) => return Err(failed(&why.why())),
                }
            }
        };
        let late = |_| {
            let what = format!("{} is in use", self.file.display());
            let why = format!("another command has had its lock for {} s", PATIENCE.as_secs());
            Failure::new(what, why, "end that command, and try again")
        };
        let lock = tokio::time::timeout(PATIENCE, taken).await.map_err(late)??;
        Ok(Locked { place: self, _lock: lock })
    }

    fn require_private(&self) -> Result<(), Failure> {
        helseid_files::require_private(&self.file).map_err(|why| {
            let next = format!("remove it, or {}", why.fix().unwrap_or("check its name"));
            Failure::new(format_args!("{} is not used", self.file.display()), why.why(), next)
        })
    }
}

impl Locked<'_> {
    /// The login that is kept now.
    pub(crate) fn read(&self, config: &Config) -> Result<Session, Failure> {
        self.place.read(config)
    }

    /// Keeps it, whole or not at all.
    pub(crate) fn write(&self, session: &Session) -> Result<(), Failure> {
        let file = &self.place.file;
        let text = serde_json::to_vec(session).map_err(|why| files::unwritable(file, &why))?;
        files::write(file, &Zeroizing::new(text), Readers::Owner, Existing::Replace)
    }

    /// Forgets it.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        let file = &self.place.file;
        std::fs::remove_file(file).map_err(|why| {
            Failure::new(format_args!("{} cannot be removed", file.display()), why, "remove it yourself")
        })
    }
}
