//! Files that commands read and write.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

pub(crate) use helseid_files::Readers;
use helseid_protocol::text;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and the command fails.
    Keep,
    /// It goes.
    Replace,
}

/// Writes a whole file.
pub(crate) fn write(
    path: &Path,
    content: &[u8],
    readers: Readers,
    existing: Existing,
) -> Result<(), Failure> {
    let written = match existing {
        Existing::Keep => helseid_files::create(path, content, readers),
        // A new file, since the old one could be open to others.
        Existing::Replace => helseid_files::replace(path, content, readers),
    };
    written.map_err(|why| match why.kind() {
        Some(ErrorKind::AlreadyExists) => is_there(path),
        _ => unwritable(path, &why.why()),
    })
}

/// Refuses to write where something is, before anything else is done; a link that leads nowhere is something.
pub(crate) fn require_free(path: &Path, existing: Existing) -> Result<(), Failure> {
    match existing == Existing::Keep && path.symlink_metadata().is_ok() {
        true => Err(is_there(path)),
        false => Ok(()),
    }
}

fn is_there(path: &Path) -> Failure {
    let next = "give another name or folder, or --force to replace it; a replaced key cannot be recovered";
    Failure::new(
        format_args!("{} already exists", path.display()),
        "existing files are not overwritten",
        next,
    )
}

/// A file that could not be written.
pub(crate) fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::new(format_args!("{} cannot be written", path.display()), why, "check the folder and its space")
}

/// Reads a whole file of at most 256 KiB, or stdin for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_up_to(path, 256 * 1024)
}

/// Reads a file of text in UTF-8 or UTF-16, of at most 256 KiB, or stdin for `-`. Wiped on drop: it may be a secret.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    text::decode(&Zeroizing::new(read(path)?)).map_err(|why| {
        Failure::new(format_args!("{} cannot be read", path.display()), why, "write it as UTF-8")
    })
}

/// The same for what may have other bytes between its words, such as a whole HTTP dump.
pub(crate) fn read_dump(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let content = Zeroizing::new(read(path)?);
    let lossy = |_| Zeroizing::new(String::from_utf8_lossy(&content).into_owned());
    Ok(text::decode(&content).unwrap_or_else(lossy))
}

/// Reads a whole file of at most so many bytes, or stdin for `-`.
pub(crate) fn read_up_to(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().lock().take(most + 1).read_to_end(&mut content),
        _ => std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut content)),
    };
    match read {
        Ok(length) if length as u64 <= most => Ok(content),
        Ok(_) => {
            let what = format!("{} is too large", path.display());
            Err(Failure::new(what, format_args!("over {} KiB", most / 1024), "check the name"))
        }
        Err(why) => {
            Err(Failure::new(format_args!("{} cannot be read", path.display()), why, "check the name"))
        }
    }
}
