//! Files that commands read and write.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;

use helseid_protocol::text;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Readers {
    /// Its owner alone: it holds a secret.
    Owner,
    /// Whoever the folder lets.
    Everyone,
}

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
    let mut options = OpenOptions::new();
    options.write(true);
    match existing {
        Existing::Keep => options.create_new(true),
        Existing::Replace => {
            // A new file, since the old one could be open to others.
            let _ = std::fs::remove_file(path);
            options.create_new(true)
        }
    };
    #[cfg(unix)]
    if matches!(readers, Readers::Owner) {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let _ = readers;
    let written =
        options.open(path).and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written.map_err(|why| match why.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let next = "give another name, or --force to replace it; a replaced key cannot be had back";
            Failure::new(format_args!("{} is there already", path.display()), "it is not overwritten", next)
        }
        _ => Failure::new(format_args!("{} cannot be written", path.display()), why, "check the folder"),
    })
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
