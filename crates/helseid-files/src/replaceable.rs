//! Whether a file can be replaced, without replacing it.

use std::path::Path;

use crate::error::{FileError, system};
use crate::whole::{Readers, Unfinished};

/// Refuses a file that [`replace`](crate::replace) could not replace: one in a folder that cannot be written, one that is mounted by
/// itself, and one that is marked as unchangeable. Neither the file nor its mode is changed. The folder is tried with a file of
/// another name, which is gone afterwards.
///
/// The mount and the mark are known on Linux 5.8 and later, and the mark on systems other than Unix. Elsewhere only the folder is
/// checked.
pub fn require_replaceable(path: &Path) -> Result<(), FileError> {
    Unfinished::beside(path, Readers::Owner)?;
    require_movable(path).map_err(system(path))
}

#[cfg(target_os = "linux")]
fn require_movable(path: &Path) -> std::io::Result<()> {
    use std::io::{Error, ErrorKind};

    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    let known = match statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::empty()) {
        // Old kernels do not have it, and a sandbox may refuse it.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => return Ok(()),
        known => known?.stx_attributes,
    };
    if known.contains(StatxAttributes::MOUNT_ROOT) {
        return Err(Error::new(
            ErrorKind::ResourceBusy,
            "it is mounted by itself, so no other file can take its place",
        ));
    }
    if known.intersects(StatxAttributes::IMMUTABLE | StatxAttributes::APPEND) {
        return Err(Error::new(
            ErrorKind::PermissionDenied,
            "it is marked as unchangeable (chattr +i or +a)",
        ));
    }
    Ok(())
}

#[cfg(all(unix, not(target_os = "linux")))]
fn require_movable(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn require_movable(path: &Path) -> std::io::Result<()> {
    match std::fs::metadata(path)?.permissions().readonly() {
        true => Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "it is marked as read-only")),
        false => Ok(()),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs::Permissions;
    use std::io::ErrorKind;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

    use super::*;

    #[test]
    fn a_file_is_the_same_with_the_same_mode_afterwards() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("key.json");
        std::fs::write(&file, "a key").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        let state = || {
            let metadata = file.metadata().unwrap();
            (metadata.ino(), metadata.mode(), metadata.mtime_nsec(), metadata.ctime_nsec())
        };
        let before = state();
        require_replaceable(&file).unwrap();
        assert_eq!(state(), before);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_mounted_by_itself_is_refused() {
        // The root of a mount that every Linux has; to make one of a file takes privileges.
        let why = require_movable(Path::new("/proc")).unwrap_err();
        assert_eq!(why.kind(), ErrorKind::ResourceBusy);
        require_movable(Path::new("/proc/self/status")).unwrap();
    }

    #[test]
    fn a_file_that_is_marked_as_unchangeable_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("key.json");
        let file = std::fs::File::create(&path).unwrap();
        let Ok(flags) = ioctl_getflags(&file) else { return };
        // Only root can mark files, and not in every file system.
        if ioctl_setflags(&file, flags | IFlags::IMMUTABLE).is_err() {
            return;
        }
        let refused = require_replaceable(&path);
        ioctl_setflags(&file, flags).unwrap();
        assert_eq!(refused.unwrap_err().kind(), Some(ErrorKind::PermissionDenied));
        require_replaceable(&path).unwrap();
    }
}
