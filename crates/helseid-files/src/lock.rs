//! Locks between processes.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{FileError, system};
use crate::private::made_private;

/// Takes the lock that this file stands for, until what is returned is dropped or the process ends. Nothing if another has it.
///
/// The file is made if it is not there, for its owner only, and stays: were it removed, one process could hold its lock while another
/// locks a new file of the same name. A file that was left behind is not locked. One that others may read or write is made private.
///
/// # Errors
/// A file of another user, and a link; and where the file system has no locks.
pub fn try_lock(path: &Path) -> Result<Option<File>, FileError> {
    let file = made_private(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(why)) => Err(system(path)(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_excludes_others_until_it_is_dropped_and_a_file_that_was_left_behind_excludes_nobody() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let held = try_lock(&at("a.lock")).unwrap().expect("nobody has it");
        assert!(try_lock(&at("a.lock")).unwrap().is_none());
        assert!(try_lock(&at("b.lock")).unwrap().is_some(), "it is another one");
        drop(held);
        assert!(at("a.lock").exists());
        assert!(try_lock(&at("a.lock")).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_whose_mode_a_volume_has_widened_is_locked_and_private_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.lock");
        try_lock(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660)).unwrap();
        assert!(try_lock(&path).unwrap().is_some());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn no_lock_is_taken_of_what_a_link_leads_to() {
        let place = tempfile::tempdir().unwrap();
        let (link, elsewhere) = (place.path().join("a.lock"), place.path().join("elsewhere"));
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        assert!(try_lock(&link).unwrap_err().to_string().contains("link"));
        assert!(!elsewhere.exists());
    }
}
