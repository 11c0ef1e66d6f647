//! Keys that callers share with the sidecar.

use std::path::Path;

use helseid_protocol::jose::crypto::{equal, sha256};

use crate::error::SidecarError;

/// The fewest characters of a key: 128 bits in hexadecimal.
const MIN_CHARS: usize = 32;

/// The most characters of a key.
const MAX_CHARS: usize = 512;

/// A shared key; only its hash is kept. Does not print itself.
#[derive(Clone)]
pub(crate) struct SharedKey([u8; 32]);

impl SharedKey {
    /// Reads a file of one line: 32 to 512 printable characters without blanks.
    pub(crate) fn read(file: &Path) -> Result<Self, SidecarError> {
        let shown = file.display();
        let text = std::fs::read_to_string(file).map_err(|why| {
            let next =
                "write one: openssl rand -hex 32 > FILE, and let only the sidecar and its callers read it";
            SidecarError::new(format_args!("the shared key in {shown} cannot be read"), why, next)
        })?;
        warn_if_everybody_reads(file);
        Self::parse(text.trim_end()).ok_or_else(|| {
            let why = format!(
                "expected one line of {MIN_CHARS} to {MAX_CHARS} printable characters without blanks"
            );
            let next = "write another: openssl rand -hex 32 > FILE";
            SidecarError::new(format_args!("the shared key in {shown} cannot be used"), why, next)
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let right =
            (MIN_CHARS..=MAX_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        right.then(|| Self(sha256(text.as_bytes())))
    }

    /// Whether both are the same key.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        equal(&self.0, &other.0)
    }

    /// Whether `sent` is this key; takes as long whatever was sent.
    pub(crate) fn is(&self, sent: &[u8]) -> bool {
        equal(&self.0, &sha256(sent))
    }
}

impl std::fmt::Debug for SharedKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SharedKey(hidden)")
    }
}

#[cfg(unix)]
fn warn_if_everybody_reads(file: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let mode = std::fs::metadata(file).map_or(0, |metadata| metadata.mode());
    if mode & 0o004 != 0 {
        let mode = format!("{:04o}", mode & 0o7777);
        tracing::warn!(file = %file.display(), mode, "every user of this machine can read the shared key");
    }
}

#[cfg(not(unix))]
fn warn_if_everybody_reads(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_enough_to_be_no_password_and_is_told_from_others() {
        let text = "0123456789abcdef0123456789abcdef";
        let key = SharedKey::parse(text).unwrap();
        assert!(key.is(text.as_bytes()));
        for other in ["", "0123456789abcdef0123456789abcdee", "0123456789abcdef0123456789abcdef "] {
            assert!(!key.is(other.as_bytes()), "{other}");
        }
        for wrong in [
            "",
            &text[1..],
            "0123456789abcdef 0123456789abcdef",
            &"a".repeat(513),
            "0123456789abcdef0123456789abcdeå",
        ] {
            assert!(SharedKey::parse(wrong).is_none(), "{wrong}");
        }
        assert!(SharedKey::parse(&"a".repeat(512)).is_some());
        let other = SharedKey::parse(&text.replace('0', "1")).unwrap();
        assert!(key.is_same(&key.clone()) && !key.is_same(&other));
        assert_eq!(format!("{key:?}"), "SharedKey(hidden)");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_everybody_can_read_is_warned_of() {
        use std::os::unix::fs::PermissionsExt as _;
        use std::sync::Mutex;
        use tracing_subscriber::fmt::MakeWriter as _;

        // In a process of its own: what is logged depends on what the whole process has done.
        let name = "callers::key::tests::a_key_that_everybody_can_read_is_warned_of";
        if !helseid_test_services::is_alone(name) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "0123456789abcdef0123456789abcdef").unwrap();
        for (mode, is_warned) in [(0o600, false), (0o640, false), (0o644, true), (0o604, true)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let written: &Mutex<Vec<u8>> = Box::leak(Box::default());
            let log = tracing_subscriber::fmt().with_ansi(false).with_writer(|| written.make_writer());
            tracing::subscriber::with_default(log.finish(), || SharedKey::read(&file).unwrap());
            let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
            assert_eq!(text.contains("can read the shared key"), is_warned, "{mode:o} {text}");
        }
    }
}
