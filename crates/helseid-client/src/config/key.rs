//! Reads the private key.

use std::path::Path;

use helseid_protocol::jose::format::{KeyReader, SecretBytes};
use helseid_protocol::jose::{SigningKey, weak};

use super::values::{Config, KeyLocation};
use crate::error::{Error, Inner};

impl Config {
    /// Reads the private key, in any of the formats of [`mod@helseid_protocol::jose::format`]. A file is read again each time.
    pub fn signing_key(&self) -> Result<SigningKey, Error> {
        let content = match &self.key {
            KeyLocation::External => return Err(Inner::SignerMissing.into()),
            KeyLocation::Text(text) => SecretBytes::new(text.expose().as_bytes().to_vec()),
            KeyLocation::File(file) => SecretBytes::new(std::fs::read(file).map_err(|why| {
                let what = format!("{} cannot be read", file.display());
                Error::from(Inner::Key { what, why: why.to_string() })
            })?),
        };
        if let KeyLocation::File(file) = &self.key {
            warn_if_others_can_read(file);
        }
        let unusable = |why: String| {
            let what = match &self.key {
                KeyLocation::Text(_) | KeyLocation::External => {
                    "the private key in the settings cannot be used".to_owned()
                }
                KeyLocation::File(file) => {
                    format!("{} holds no usable private key", file.display())
                }
            };
            Error::from(Inner::Key { what, why })
        };
        let found = KeyReader::new(self.key_password.as_ref(), self.key_alias.as_deref())
            .private(&content)
            .map_err(|why| unusable(why.to_string()))?;
        for note in &found.notes {
            tracing::info!(note, "the private key was corrected");
        }
        if let Some(source) = weak::published_in(found.key.public()) {
            let key = found.key.public().thumbprint();
            tracing::warn!(%key, source, "anyone can sign with the client's key: its private half is published");
        }
        SigningKey::new(&found.key).map_err(|why| unusable(why.to_string()))
    }
}

/// Nobody but its owner should be able to read a private key. This is no error, since containers often mount keys with wider
/// modes.
#[cfg(unix)]
fn warn_if_others_can_read(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let file = file.display();
        tracing::warn!(
            "{file} can be read by others (mode {mode:o}); only its owner should be able to: chmod 600 {file}"
        );
    }
}

/// Files have no modes here.
#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) {}
