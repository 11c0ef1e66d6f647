//! The files of a rotation, beside the key. Each is written atomically, and readable only by its owner.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use helseid_files::{FileError, remove_unfinished, require_own, require_replaceable, target, try_lock};
use helseid_protocol::id::Thumbprint;
use helseid_protocol::jose::PrivateJwk;
use helseid_protocol::jose::format::NhnConfiguration;
use helseid_protocol::text;
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::disk::{private, read, remove, unlockable, unwritable, write};
use super::failed::failed;
use super::public;
use crate::error::Error;

/// What to do about a key file that holds none.
const RESTORE: &str = "restore the key";

/// A key file that can be rotated, and the files beside it meanwhile.
#[derive(Debug, Clone)]
pub(super) struct KeyFiles {
    /// The name in the configuration.
    named: PathBuf,
    /// The file itself: the same, or the target of a link of that name, which stays a link.
    key: PathBuf,
    form: Form,
}

/// The same while no other rotation of the key is running.
#[derive(Debug, Clone)]
pub(super) struct Locked(Arc<(KeyFiles, File)>);

impl Locked {
    /// Does this where it may block: each file is written to the disk before the next step. The key stays locked until it is done, also
    /// where nobody waits for it any longer.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&KeyFiles) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let own = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&own.0.0)).await;
        done.map_err(|why| failed("the key was not rotated", why, "try again"))?
    }
}

/// The format of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A JWK.
    Jwk,
    /// NHN's configuration file, which holds the JWK as a text.
    Nhn,
}

impl KeyFiles {
    pub(super) fn new(named: PathBuf) -> Result<Self, Error> {
        let unusable = |why: FileError| {
            let what = format!("{} cannot be rotated", named.display());
            let next = why.fix().unwrap_or("check the file, and its target if it is a link").to_owned();
            failed(what, why, next)
        };
        let key = target(&named).map_err(unusable)?;
        let content = read(&key)?;
        // The new file belongs to this user: a program of another user could not read it.
        require_own(&key).map_err(unusable)?;
        let text = text::decode(&content).unwrap_or_default();
        let text = text.trim();
        let form = if NhnConfiguration::is_one(text) {
            Form::Nhn
        } else if PrivateJwk::read(text.as_bytes()).is_ok() {
            Form::Jwk
        } else {
            let what = format!("{} cannot be rotated", key.display());
            let next = "convert it first: helseid key convert FILE --to jwk";
            return Err(failed(what, "only JWK files and NHN's configuration file can be rewritten", next));
        };
        Ok(Self { named, key, form })
    }

    /// Refuses a key whose file could not be replaced, before a new one is registered that could not be put there: a file that is mounted
    /// by itself cannot be replaced, though its folder can be written.
    pub(super) fn require_replaceable(&self) -> Result<(), Error> {
        require_replaceable(&self.key).map_err(|why| unwritable(&self.key, &why))
    }

    /// Locks the key against other rotations until the lock is dropped, or the process ends. Nothing if another one is running.
    pub(super) fn lock(&self) -> Result<Option<Locked>, Error> {
        let path = self.beside("lock");
        let lock = try_lock(&path).map_err(|why| unlockable(&path, &why))?;
        Ok(lock.map(|lock| Locked(Arc::new((self.clone(), lock)))))
    }

    /// Removes what a rotation was writing when it was killed: it may hold a private key. Only this key's lock makes sure that no other
    /// rotation is writing it. Nothing depends on it, so a failure is only logged.
    pub(super) fn remove_unfinished_or_warn(&self) {
        for path in [self.key.clone(), self.beside("new"), self.beside("retired"), self.beside("rotation")] {
            if let Err(why) = remove_unfinished(&path) {
                tracing::warn!(%why, "what an interrupted rotation was writing could not be removed");
            }
        }
    }

    /// The file of the key.
    pub(super) fn key(&self) -> &Path {
        &self.key
    }

    /// The present key.
    pub(super) fn current(&self) -> Result<PrivateJwk, Error> {
        private(&self.key, &read(&self.key)?, RESTORE)
    }

    /// The new key of an unfinished rotation. A file of that name without a readable key is an error.
    pub(super) fn new_key(&self) -> Result<Option<PrivateJwk>, Error> {
        let path = self.beside("new");
        if !path.exists() {
            return Ok(None);
        }
        let (new, key) = (path.display(), self.key.display());
        let next = format!("remove {new}, and rotate again; until then {key} stays in use");
        private(&path, &read(&path)?, &next).map(Some)
    }

    /// Writes the new key beside the old one.
    pub(super) fn write_new(&self, key: &PrivateJwk) -> Result<(), Error> {
        write(&self.beside("new"), key.to_json().expose().as_bytes())
    }

    /// Copies the old key aside, and replaces it atomically. Returns where the copy is. A key that is neither `old` nor `new` was put
    /// there meanwhile, and stays.
    pub(super) fn swap(&self, old: &Thumbprint, new: &PrivateJwk) -> Result<PathBuf, Error> {
        let retired = self.beside("retired");
        let content = read(&self.key)?;
        let current = private(&self.key, &content, RESTORE)?.public().thumbprint();
        // If the new key is in place already, only the last steps are missing, and the copy exists.
        if current != new.public().thumbprint() {
            if current != *old {
                return Err(self.overtaken());
            }
            write(&retired, content.as_slice())?;
            let changed = match self.form {
                Form::Jwk => new.to_json().expose().to_owned(),
                Form::Nhn => nhn_with(content.as_slice(), new)?,
            };
            // Writing the copy took as long as the disk needs.
            if read(&self.key)?.as_slice() != content.as_slice() {
                return Err(self.overtaken());
            }
            write(&self.key, changed.as_bytes())?;
        }
        if let Ok(old) = read(&retired).and_then(|content| private(&retired, &content, RESTORE)) {
            public::follow(&[&self.named, &self.key], &old.public().thumbprint(), new.public());
        }
        remove(&self.beside("new"))?;
        Ok(retired)
    }

    /// Removes the new key of a rotation that is given up.
    pub(super) fn give_up(&self) -> Result<(), Error> {
        remove(&self.beside("new"))?;
        self.remove_note_or_warn();
        Ok(())
    }

    /// When a key was replaced last.
    pub(super) fn rotated(&self) -> Option<Timestamp> {
        let metadata = std::fs::metadata(self.beside("retired")).ok()?;
        metadata.modified().ok().map(Timestamp::from)
    }

    /// Refuses to complete a rotation whose old key is no longer the present one, if that is known: whoever put another in its place
    /// meant that.
    pub(super) fn require_same_old(&self, current: &Thumbprint, new: &Thumbprint) -> Result<(), Error> {
        let note = std::fs::read(self.beside("rotation")).ok();
        let note = note.and_then(|note| serde_json::from_slice::<Value>(&note).ok());
        let old = note.as_ref().and_then(|note| note.get("old_thumbprint")?.as_str());
        match old.is_none_or(|old| old == current.as_str()) || current == new {
            true => Ok(()),
            false => Err(self.overtaken()),
        }
    }

    fn overtaken(&self) -> Error {
        let why = format!("{} holds another key than when the rotation began", self.key.display());
        let next = format!("if that key is the right one, remove {}", self.beside("new").display());
        failed("the key was not rotated", why, next)
    }

    /// Writes down how far the rotation has come, for people, and which key it replaces.
    pub(super) fn write_note(&self, step: &str, [old, new]: [&Thumbprint; 2]) -> Result<(), Error> {
        let note = json!({ "step": step, "old_thumbprint": old.as_str(), "new_thumbprint": new.as_str() });
        write(&self.beside("rotation"), note.to_string().as_bytes())
    }

    /// The same of a later step, which is for people alone.
    pub(super) fn write_note_or_warn(&self, step: &str, keys: [&Thumbprint; 2]) {
        if let Err(error) = self.write_note(step, keys) {
            tracing::warn!(why = error.why(), "the progress of the rotation could not be written down");
        }
    }

    pub(super) fn remove_note_or_warn(&self) {
        if let Err(error) = remove(&self.beside("rotation")) {
            tracing::warn!(
                why = error.why(),
                "the progress note of a finished rotation could not be removed"
            );
        }
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.key.file_name().map_or_else(OsString::new, ToOwned::to_owned);
        name.push(".");
        name.push(end);
        self.key.with_file_name(name)
    }
}

/// NHN's file with another key, and everything else unchanged.
fn nhn_with(content: &[u8], new: &PrivateJwk) -> Result<String, Error> {
    let text = text::decode(content).unwrap_or_default();
    let mut document: Value = serde_json::from_str(text.trim())
        .map_err(|why| failed("NHN's file cannot be rewritten", why, "download it again"))?;
    let place = document.as_object_mut().and_then(|members| members.get_mut("privateJwk"));
    match place {
        Some(place) => *place = new.to_json().expose().into(),
        None => {
            return Err(failed(
                "NHN's file cannot be rewritten",
                "it has no privateJwk",
                "download it again",
            ));
        }
    }
    serde_json::to_string_pretty(&document)
        .map_err(|why| failed("NHN's file cannot be rewritten", why, "report this"))
}
