//! Reads and writes the files of a rotation, with errors that say what to do.

use std::io::ErrorKind;
use std::path::Path;

use helseid_files::{FileError, Readers, replace};
use helseid_protocol::jose::PrivateJwk;
use helseid_protocol::jose::format::{self, SecretBytes};

use super::failed::failed;
use crate::error::Error;

pub(super) fn private(path: &Path, content: &SecretBytes, next: &str) -> Result<PrivateJwk, Error> {
    format::read_private(content.as_slice(), None)
        .map_err(|why| failed(format!("{} holds no private key", path.display()), why, next))
}

pub(super) fn read(path: &Path) -> Result<SecretBytes, Error> {
    std::fs::read(path)
        .map(SecretBytes::new)
        .map_err(|why| failed(format!("{} cannot be read", path.display()), why, "check the file's mode"))
}

/// Readable only by its owner, whatever the mode of the old one was.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    replace(path, content, Readers::Owner).map_err(|why| unwritable(path, &why))
}

pub(super) fn unwritable(path: &Path, why: &FileError) -> Error {
    let next = next(why, "check the folder's mode and the disk");
    failed(format!("{} cannot be written", path.display()), why.why(), next)
}

pub(super) fn unlockable(path: &Path, why: &FileError) -> Error {
    let next = next(why, "check the folder's mode, and that its disk supports locks");
    failed(format!("{} cannot be locked", path.display()), why.why(), next)
}

fn next<'a>(why: &'a FileError, otherwise: &'a str) -> &'a str {
    match why.kind() {
        Some(ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied | ErrorKind::ResourceBusy) => {
            "rotate a key that is mounted read-only or by itself (as a Kubernetes secret, for example) where it is stored: run \
             helseid rotate on a copy in a folder of your own, and store the new key"
        }
        _ => why.fix().unwrap_or(otherwise),
    }
}

pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(failed(format!("{} cannot be removed", path.display()), why, "remove it by hand"))
        }
        _ => Ok(()),
    }
}
