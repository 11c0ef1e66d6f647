//! The data folder: its owner's alone, and one process's at a time.

use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::StoreError;

/// A data folder that this process has to itself for as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |why: std::io::Error| StoreError::Folder {
            folder: path.display().to_string(),
            why: why.to_string(),
        };
        if !path.is_dir() {
            std::fs::create_dir_all(path).map_err(failed)?;
            owner_alone(path, 0o700).map_err(failed)?;
        }
        let lock = private_file(&path.join("lock"), Open::Append).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.display().to_string())),
            Err(TryLockError::Error(why)) => Err(failed(why)),
        }
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file that its owner alone can read, whole or not at all.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let unfinished = self.file(&format!("{name}.new"));
        let written = private_file(&unfinished, Open::Truncate).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()?;
            std::fs::rename(&unfinished, self.file(name))
        });
        written.map_err(|why| StoreError::Folder {
            folder: self.file(name).display().to_string(),
            why: why.to_string(),
        })
    }
}

/// How a file is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Open {
    /// To write behind what is there.
    Append,
    /// To write in the place of what is there.
    Truncate,
}

/// Opens a file that its owner alone can read; makes it if it is not there.
pub(crate) fn private_file(path: &Path, how: Open) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    match how {
        Open::Append => options.create(true).append(true),
        Open::Truncate => options.create(true).write(true).truncate(true),
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// On systems without modes, the folder of the user is the protection.
fn owner_alone(path: &Path, mode: u32) -> std::io::Result<()> {
    #[cfg(unix)]
    return std::fs::set_permissions(
        path,
        <Permissions as std::os::unix::fs::PermissionsExt>::from_mode(mode),
    );
    #[cfg(not(unix))]
    return Ok(());
}
