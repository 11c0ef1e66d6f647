//! Unfinished files that a process left behind when it was killed.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{FileError, system};
use crate::whole::{RANDOM, SUFFIX, folder, prefix};

/// Removes the files that [`Unfinished::beside`](crate::Unfinished::beside) began for `path` and that were left behind. Files of any
/// other name stay, and so do folders and links. Returns how many were removed.
///
/// One that another process is writing is removed, too: hold a lock that every writer of `path` takes ([`try_lock`](crate::try_lock)).
///
/// # Errors
/// A folder that cannot be listed, and a file that cannot be removed; the others are removed.
pub fn remove_unfinished(path: &Path) -> Result<usize, FileError> {
    let (folder, prefix) = (folder(path), prefix(path));
    let (mut removed, mut failed) = (0, None);
    for entry in std::fs::read_dir(folder).map_err(system(folder))? {
        let entry = entry.map_err(system(folder))?;
        if !is_unfinished(&entry.file_name(), &prefix) || !entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            continue;
        }
        match std::fs::remove_file(entry.path()) {
            Ok(()) => removed += 1,
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            // The others are removed all the same: they may hold private keys.
            Err(why) => failed = Some(system(&entry.path())(why)),
        }
    }
    failed.map_or(Ok(removed), Err)
}

fn is_unfinished(name: &OsStr, prefix: &OsStr) -> bool {
    let random = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
    let random = random.and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    random.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::whole::{Readers, Unfinished};

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let key = place.path().join("key.json");
        std::fs::write(&key, "a key").unwrap();
        for _ in 0..2 {
            let mut unfinished = Unfinished::beside(&key, Readers::Owner).unwrap();
            unfinished.write_all(b"half").unwrap();
            // As a kill does: nothing is cleaned up.
            std::mem::forget(unfinished);
        }
        assert_eq!(names(place.path()).len(), 3);
        assert_eq!(remove_unfinished(&key).unwrap(), 2);
        assert_eq!(names(place.path()), ["key.json"]);
        assert_eq!(remove_unfinished(&key).unwrap(), 0);
    }

    #[test]
    fn files_of_any_other_name_stay_and_so_do_folders() {
        let place = tempfile::tempdir().unwrap();
        let mut others = vec![
            ".key.json.abc12.unfinished",
            ".key.json.abc1234.unfinished",
            ".key.json.abc-12.unfinished",
            ".key.json.abc123.unfinished.",
            ".key.json.new.abc123.unfinished",
            ".key.json.unfinished",
            ".key.jsonabc123.unfinished",
            ".other.json.abc123.unfinished",
            "key.json.abc123.unfinished",
        ];
        others.sort_unstable();
        for name in &others {
            std::fs::write(place.path().join(name), "").unwrap();
        }
        let folder = place.path().join(".key.json.folder.unfinished");
        std::fs::create_dir(&folder).unwrap();
        assert_eq!(remove_unfinished(&place.path().join("key.json")).unwrap(), 0);
        assert!(folder.is_dir());
        std::fs::remove_dir(folder).unwrap();
        assert_eq!(names(place.path()), others);
    }
}
