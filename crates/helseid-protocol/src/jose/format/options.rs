//! How key files are opened, and what is found in them.

use super::{Password, UnreadableKey, der, encryption};
use crate::jose::jwk::PrivateJwk;

/// How key files are opened: by which password, and which of several keys is meant.
///
/// ```
/// use helseid_protocol::jose::format::{KeyReader, UnreadableKey};
/// # use helseid_protocol::{id::KeyId, jose::{Algorithm, PrivateJwk, RsaSize}};
///
/// # let key = |kid| PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, KeyId::parse(kid).ok()).to_json();
/// let file = format!(r#"{{"keys": [{}, {}]}}"#, key("2025").expose(), key("2026").expose());
/// // Which one is meant must be said.
/// let refused = KeyReader::default().private(file.as_bytes());
/// assert!(matches!(refused, Err(UnreadableKey::SeveralKeys(names)) if names == ["2025", "2026"]));
/// assert!(KeyReader::new(None, Some("2026")).private(file.as_bytes()).is_ok());
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyReader<'a> {
    password: Option<&'a Password>,
    alias: Option<&'a str>,
}

/// A key, and what had to be corrected in its file.
///
/// ```
/// use helseid_protocol::jose::format::{KeyReader, UnreadableKey};
/// # use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// # let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// // As a key vault answers, whose keys are in hardware.
/// let file = key.public().to_json().replace(r#""kty":"EC""#, r#""kty":"EC-HSM""#);
/// let read = KeyReader::default().public(file.as_bytes())?;
/// assert_eq!(read.notes, ["its kty EC-HSM was read as EC"]);
/// # Ok::<(), UnreadableKey>(())
/// ```
#[derive(Debug, Clone)]
pub struct Readout<K> {
    /// The key.
    pub key: K,
    /// What was corrected, in sentences for people.
    pub notes: Vec<String>,
}

impl<K> Readout<K> {
    pub(super) fn map<L>(self, change: impl FnOnce(K) -> L) -> Readout<L> {
        Readout { key: change(self.key), notes: self.notes }
    }
}

impl<K> From<K> for Readout<K> {
    fn from(key: K) -> Self {
        Self { key, notes: Vec::new() }
    }
}

impl<'a> KeyReader<'a> {
    /// With this password, if there is one, and this name of a key in a file of several: its alias in PKCS#12
    /// (`friendlyName`), its `kid` in a JWK Set.
    #[must_use]
    pub const fn new(password: Option<&'a Password>, alias: Option<&'a str>) -> Self {
        Self { password, alias }
    }

    pub(super) const fn password(&self) -> Option<&'a Password> {
        self.password
    }

    pub(super) const fn alias(&self) -> Option<&'a str> {
        self.alias
    }

    /// The key of an `EncryptedPrivateKeyInfo`.
    pub(super) fn decrypted(&self, sealed: &[u8]) -> Result<PrivateJwk, UnreadableKey> {
        let password = self.password.ok_or(UnreadableKey::PasswordMissing)?;
        let opened = encryption::try_spellings(password, |spelling, work| {
            encryption::open_pkcs8(sealed, spelling, work)
        });
        der::private_from_der(&opened?)
    }
}
