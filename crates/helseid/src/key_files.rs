//! Keys in files of any format.

use std::path::Path;

use helseid_protocol::jose::format::{KeyReader, Password, Readout, UnreadableKey};
use helseid_protocol::jose::{PrivateJwk, PublicJwk, weak};

use crate::failure::Failure;
use crate::{files, output};

/// The public key of any file with a key.
pub(crate) fn public(file: &Path) -> Result<PublicJwk, Failure> {
    public_named(file, None)
}

/// The public key of this name in any file with keys.
pub(crate) fn public_named(file: &Path, alias: Option<&str>) -> Result<PublicJwk, Failure> {
    let key = read(file, alias, |reader, file| reader.public(file))?;
    warn_if_published(file, &key);
    Ok(key)
}

/// The private key of any file with one.
pub(crate) fn private(file: &Path) -> Result<PrivateJwk, Failure> {
    private_named(file, None)
}

/// The private key of this name in any file with keys.
pub(crate) fn private_named(file: &Path, alias: Option<&str>) -> Result<PrivateJwk, Failure> {
    let key = read(file, alias, |reader, file| reader.private(file))?;
    warn_if_published(file, key.public());
    Ok(key)
}

fn warn_if_published(file: &Path, key: &PublicJwk) {
    if let Some(source) = weak::published_in(key) {
        let file = file.display();
        output::tell(&format!(
            "warning: anyone can sign with the key in {file}: its private half is published ({source}); rule key.public"
        ));
    }
}

/// Reads a key by `how`, and says on stderr what was corrected in it.
fn read<K>(
    file: &Path,
    alias: Option<&str>,
    how: impl FnOnce(&KeyReader<'_>, &[u8]) -> Result<Readout<K>, UnreadableKey>,
) -> Result<K, Failure> {
    let content = zeroize::Zeroizing::new(files::read(file)?);
    let said = std::env::var("HELSEID_KEY_ALIAS").unwrap_or_default();
    let alias = alias.or(Some(said.trim()).filter(|said| !said.is_empty()));
    let password = password();
    let found = how(&KeyReader::new(password.as_ref(), alias), &content).map_err(|why| {
        let what = format!("{} contains no usable key", file.display());
        Failure::new(what, why, "check the file, or make a key: helseid key generate --out NAME")
    })?;
    for note in &found.notes {
        output::tell(&format!("note: {}: {note}", file.display()));
    }
    Ok(found.key)
}

/// The password of key files, from the environment.
pub(crate) fn password() -> Option<Password> {
    let said = std::env::var("HELSEID_KEY_PASSWORD").ok().filter(|text| !text.trim().is_empty());
    said.map(|text| Password::of_one_line(&text))
}
