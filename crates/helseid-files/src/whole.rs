//! Files that are there whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{FileError, system};

/// How the name of an unfinished file ends.
pub(crate) const SUFFIX: &str = ".unfinished";

/// How many characters of it nobody can foresee: letters and digits.
pub(crate) const RANDOM: usize = 6;

/// Who may read a file that is written.
///
/// ```
/// use helseid_files::{Readers, create, require_private};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let key = folder.path().join("key.pem");
/// create(&key, b"a private key", Readers::Owner)?;
/// require_private(&key)?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone: it holds a secret.
    Owner,
    /// Whoever the user's umask lets.
    Everyone,
}

impl Readers {
    #[cfg(unix)]
    const fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everyone => 0o666,
        }
    }
}

/// Writes a new file. Where something has that name already, be it a link that leads nowhere, nothing is written.
pub fn create(path: &Path, content: &[u8], readers: Readers) -> Result<(), FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, readers.mode());
    let _ = readers;
    let mut file = options.open(path).map_err(system(path))?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if written.is_err() {
        // A part of a file would only be in the way of the next try.
        let _ = std::fs::remove_file(path);
    }
    written.and_then(|()| sync_folder(path)).map_err(system(path))
}

/// Puts a file with this content in the place of what has its name, at once; it is there after a power loss. A link of
/// that name is replaced, not followed.
pub fn replace(path: &Path, content: &[u8], readers: Readers) -> Result<(), FileError> {
    let mut unfinished = Unfinished::beside(path, readers)?;
    unfinished.write_all(content).map_err(system(path))?;
    unfinished.finish()
}

/// A file that takes its name when it is finished, and is gone if it never is.
///
/// ```
/// use helseid_files::{Readers, Unfinished};
/// use std::io::Write as _;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("clients.json");
/// let mut file = Unfinished::beside(&path, Readers::Owner)?;
/// file.write_all(b"[]")?;
/// assert!(!path.exists());
/// file.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"[]");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Unfinished {
    file: NamedTempFile,
    path: PathBuf,
}

impl Unfinished {
    /// Begins a new file in the folder of `path`, under another name that nobody can foresee. If the process is killed before it is
    /// finished, it stays: see [`remove_unfinished`](crate::remove_unfinished).
    pub fn beside(path: &Path, readers: Readers) -> Result<Self, FileError> {
        let mut builder = tempfile::Builder::new();
        let prefix = prefix(path);
        builder.prefix(&prefix).rand_bytes(RANDOM).suffix(SUFFIX);
        #[cfg(unix)]
        let permissions =
            <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(readers.mode());
        #[cfg(unix)]
        builder.permissions(permissions);
        let _ = readers;
        let file = builder.tempfile_in(folder(path)).map_err(|why| {
            // It names the unfinished file, which nobody asked for.
            system(path)(why.raw_os_error().map_or(why.kind().into(), std::io::Error::from_raw_os_error))
        })?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Puts it in the place of what has its name.
    pub fn finish(self) -> Result<(), FileError> {
        let failed = system(&self.path);
        self.file.as_file().sync_all().map_err(&failed)?;
        self.file.persist(&self.path).map_err(|why| failed(why.error))?;
        sync_folder(&self.path).map_err(failed)
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

/// The file that a name stands for: the one that a link leads to, where a user has made the name a link on purpose.
pub fn target(path: &Path) -> Result<PathBuf, FileError> {
    match std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        true => std::fs::canonicalize(path).map_err(system(path)),
        false => Ok(path.to_owned()),
    }
}

/// How the name of an unfinished file of `path` begins.
pub(crate) fn prefix(path: &Path) -> std::ffi::OsString {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    prefix
}

pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name is on the disk once its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder(path))?.sync_all(),
        false => Ok(()),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.symlink_metadata().unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_private_whatever_was_left_behind() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("key.json");
        std::fs::write(&file, "old").unwrap();
        assert_eq!(mode(&file) & 0o044, 0o044, "the test wants a file that others may read");
        replace(&file, b"new", Readers::Owner).unwrap();
        assert_eq!((std::fs::read(&file).unwrap(), mode(&file)), (b"new".to_vec(), 0o600));
        replace(&file, b"for all", Readers::Everyone).unwrap();
        assert_ne!(mode(&file), 0o600);
        assert_eq!(names(place.path()), ["key.json"]);
    }

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let (link, elsewhere) = (place.path().join("admin.json"), place.path().join("elsewhere"));
        symlink(&elsewhere, &link).unwrap();
        replace(&link, b"secret", Readers::Owner).unwrap();
        assert!(!elsewhere.exists() && link.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn a_new_file_overwrites_nothing_and_follows_no_link() {
        let place = tempfile::tempdir().unwrap();
        let (file, elsewhere) = (place.path().join("copy"), place.path().join("elsewhere"));
        symlink(&elsewhere, &file).unwrap();
        let refused = create(&file, b"secret", Readers::Owner).unwrap_err();
        assert_eq!(refused.kind(), Some(std::io::ErrorKind::AlreadyExists));
        assert!(!elsewhere.exists());
        std::fs::remove_file(&file).unwrap();
        create(&file, b"secret", Readers::Owner).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert!(create(&file, b"other", Readers::Owner).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), b"secret");
    }

    #[test]
    fn what_is_never_finished_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("body");
        let mut unfinished = Unfinished::beside(&file, Readers::Everyone).unwrap();
        unfinished.write_all(b"half").unwrap();
        assert_eq!(names(place.path()).len(), 1);
        drop(unfinished);
        assert!(names(place.path()).is_empty());
    }

    #[test]
    fn a_link_of_links_has_one_target_and_a_file_is_its_own() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let at = |name: &str| root.join(name);
        std::fs::create_dir(at("..2026")).unwrap();
        std::fs::write(at("..2026/key"), "").unwrap();
        symlink("..2026", at("..data")).unwrap();
        symlink("..data/key", at("key")).unwrap();
        assert_eq!(target(&at("key")).unwrap(), at("..2026/key"));
        assert_eq!(target(&at("..2026/key")).unwrap(), at("..2026/key"));
        assert_eq!(target(&at("none")).unwrap(), at("none"));
        symlink("nowhere", at("dangling")).unwrap();
        assert!(target(&at("dangling")).is_err());
    }
}
