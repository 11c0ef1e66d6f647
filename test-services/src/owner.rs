//! Who runs a server: the user that runs the tests, unless that is root.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::broken::{Broken, broken};

/// An unprivileged user that root becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// Nobody else if the folder, which this program made, is not root's.
    pub(crate) fn instead_of_root(folder: &Path) -> Result<Option<Self>, Broken> {
        let made = folder.metadata().map_err(|why| broken("a temporary folder", why))?;
        if made.uid() != 0 {
            return Ok(None);
        }
        let users = std::fs::read_to_string("/etc/passwd").map_err(|why| broken("/etc/passwd", why))?;
        let found = ["postgres", "nobody"].into_iter().find_map(|name| Self::named(&users, name));
        found.map(Some).ok_or_else(|| broken("an unprivileged user", "there is neither postgres nor nobody"))
    }

    fn named(users: &str, name: &str) -> Option<Self> {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse);
        Some(Self { user: ids.next()?.ok()?, group: ids.next()?.ok()? })
    }

    /// Makes it theirs.
    pub(crate) fn own(self, path: &Path) -> Result<(), Broken> {
        chown(path, Some(self.user), Some(self.group)).map_err(|why| broken("a folder's owner", why))
    }

    /// Lets them run it.
    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }
}

/// A copy of a file in `folder` that its owner alone can read: theirs, if there is one.
#[cfg(feature = "tls")]
pub(crate) fn copy_for(
    owner: Option<Owner>,
    file: &Path,
    folder: &Path,
) -> Result<std::path::PathBuf, Broken> {
    let copy = folder.join(file.file_name().unwrap_or_default());
    std::fs::copy(file, &copy).map_err(|why| broken("a copy of a file", why))?;
    owner.map_or(Ok(()), |owner| owner.own(&copy))?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\nxnobody:x:1:1::/:\nnobody:x:65534:65533:nobody:/:/bin/false\n";
        let nobody = Owner::named(users, "nobody").unwrap();
        assert_eq!((nobody.user, nobody.group), (65_534, 65_533));
        assert!(Owner::named(users, "postgres").is_none());
    }
}
