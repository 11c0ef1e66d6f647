//! Where the servers' programs lie.

use std::path::{Path, PathBuf};

/// Where Debian keeps PostgreSQL's programs, below a folder for each version; they are not in `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Where servers such as nginx are, which is not in everyone's `PATH`.
const SYSTEM: &str = "/usr/sbin";

/// The program of this name: in `PATH`, else among the system's servers or Debian's programs of PostgreSQL, the newest version first.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    let elsewhere = debian().into_iter().chain([PathBuf::from(SYSTEM)]).map(|folder| folder.join(name));
    in_path.chain(elsewhere).find(|file| file.is_file())
}

fn debian() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<_> = folders.collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    folders.into_iter().map(|folder| folder.join("bin")).collect()
}

fn version(folder: &Path) -> u32 {
    folder.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found() {
        assert!(find("sh").is_some_and(|file| file.is_absolute()));
        assert_eq!(find("no-such-program-anywhere"), None);
    }
}
