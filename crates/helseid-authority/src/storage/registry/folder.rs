//! The data folder: its owner's alone, and one process's at a time.

use std::fs::File;
use std::path::{Path, PathBuf};

use helseid_files::{Readers, own_folder, replace, require_private, try_lock};
use tokio::task::JoinError;

use super::StoreError;

/// What an authority keeps there, all of it secret: the admin token, the registry with the signing keys, and used ids.
const FILES: [&str; 8] = [
    "lock",
    "admin.json",
    "registry.sqlite",
    // SQLite plays one back that lies there, whoever wrote it.
    "registry.sqlite-journal",
    "registry.sqlite-wal",
    "registry.sqlite-shm",
    "used",
    "used.older",
];

/// A data folder that this process has to itself for as long as this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it. One in which others have, or had, a say is refused: they could
    /// read the admin token and the signing keys, or have put theirs there.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        own_folder(path)?;
        FILES.iter().try_for_each(|name| require_private(&path.join(name)))?;
        let lock = try_lock(&path.join("lock"))?;
        let lock = lock.ok_or_else(|| StoreError::Locked(path.display().to_string()))?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file that its owner alone can read, whole or not at all.
    pub(crate) async fn write(&self, name: &str, content: Vec<u8>) -> Result<(), StoreError> {
        let file = self.file(name);
        let written = tokio::task::spawn_blocking(move || replace(&file, &content, Readers::Owner)).await;
        let ended = |why: JoinError| StoreError::Folder {
            folder: self.path.display().to_string(),
            why: why.to_string(),
        };
        Ok(written.map_err(ended)??)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn open(path: &Path) -> Result<(), String> {
        Folder::open(path).map(drop).map_err(|why| why.to_string())
    }

    #[test]
    fn each_file_that_others_may_read_or_that_is_a_link_is_refused() {
        for name in FILES {
            let place = tempfile::tempdir().unwrap();
            let (file, elsewhere) = (place.path().join(name), place.path().join("elsewhere"));
            std::fs::write(&file, "").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            let refused = open(place.path()).unwrap_err();
            assert!(refused.contains(name) && refused.contains("mode 0644"), "{refused}");
            std::fs::remove_file(&file).unwrap();
            symlink(&elsewhere, &file).unwrap();
            assert!(open(place.path()).unwrap_err().contains("it is a link"), "{name}");
            std::fs::remove_file(&file).unwrap();
            assert_eq!(open(place.path()), Ok(()), "{name}");
            assert!(!elsewhere.exists());
        }
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused_with_what_to_do() {
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let Err(StoreError::File(refused)) = Folder::open(place.path()) else { panic!("refused") };
        assert!(refused.to_string().contains("mode 0777"), "{refused}");
        assert!(refused.fix().unwrap().contains("chmod 700"));
    }

    #[tokio::test]
    async fn a_file_is_written_in_the_place_of_a_link_and_not_through_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let elsewhere = place.path().join("elsewhere");
        symlink(&elsewhere, folder.file("admin.json")).unwrap();
        folder.write("admin.json", b"secret".to_vec()).await.unwrap();
        assert!(!elsewhere.exists() && folder.file("admin.json").symlink_metadata().unwrap().is_file());
    }
}
