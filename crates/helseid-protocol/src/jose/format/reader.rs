//! Reads a key from whatever file holds it.

use super::kind::Kind;
use super::{Certificate, Password, UnreadableKey, der, encryption, json_key, pem, pkcs12, xml};
use crate::jose::jwk::{PrivateJwk, PublicJwk, SigningKey, VerifyKey};

/// How key files are opened: by which password, and which of several keys is meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyReader<'a> {
    password: Option<&'a Password>,
    alias: Option<&'a str>,
}

/// A key, and what had to be corrected in its file.
#[derive(Debug, Clone)]
pub struct Readout<K> {
    /// The key.
    pub key: K,
    /// What was corrected, in sentences for people.
    pub notes: Vec<String>,
}

impl<K> Readout<K> {
    fn map<L>(self, change: impl FnOnce(K) -> L) -> Readout<L> {
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

    /// Reads a private key, and checks that both its halves belong together.
    pub fn private(&self, file: &[u8]) -> Result<Readout<PrivateJwk>, UnreadableKey> {
        self.private_of(&Kind::of(file)?)
    }

    fn private_of(&self, kind: &Kind) -> Result<Readout<PrivateJwk>, UnreadableKey> {
        let found = match kind {
            Kind::Json(text) => json_key::private(text, *self)?,
            Kind::Pem(text) => pem::private(text, *self)?.into(),
            Kind::Xml(text) => xml::private(text)?.into(),
            Kind::Der(bytes) if pkcs12::is_one(bytes) => {
                pkcs12::private(bytes, self.password, self.alias)?.into()
            }
            Kind::Der(bytes) if encryption::is_encrypted_pkcs8(bytes) => self.decrypted(bytes)?.into(),
            Kind::Der(bytes) => der::private_from_der(bytes)?.into(),
        };
        SigningKey::new(&found.key)?;
        Ok(found)
    }

    /// Reads a public key: also from a certificate, a JWK Set, or the private key that it belongs to.
    pub fn public(&self, file: &[u8]) -> Result<Readout<PublicJwk>, UnreadableKey> {
        let kind = Kind::of(file)?;
        let of_private = || self.private_of(&kind).map(|found| found.map(|key| key.public().clone()));
        let found: Readout<PublicJwk> = match &kind {
            Kind::Json(text) => match json_key::public(text, *self)? {
                Some(found) => found,
                None => of_private()?,
            },
            Kind::Pem(text) => match pem::public(text)? {
                Some(key) => key.into(),
                None => of_private()?,
            },
            Kind::Der(bytes) => match der::public_from_der(bytes) {
                Ok(key) => key.into(),
                Err(UnreadableKey::ExplicitCurve) => return Err(UnreadableKey::ExplicitCurve),
                Err(_) => match Certificate::from_der(bytes) {
                    Ok(certificate) => certificate.public_key()?.into(),
                    Err(_) => of_private()?,
                },
            },
            Kind::Xml(text) => xml::public(text)?.into(),
        };
        VerifyKey::new(found.key.clone())?;
        Ok(found)
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

/// Reads a private key in whichever of the formats it is, and checks that both its halves belong together.
///
/// `password` opens what is encrypted, and is not looked at otherwise. [`KeyReader`] can also choose among several keys.
pub fn read_private(file: &[u8], password: Option<&Password>) -> Result<PrivateJwk, UnreadableKey> {
    KeyReader::new(password, None).private(file).map(|found| found.key)
}

/// Reads a public key in whichever of the formats it is: also from a certificate, a JWK Set of one key, or the private
/// key that it belongs to. `password` as for [`read_private`].
pub fn read_public(file: &[u8], password: Option<&Password>) -> Result<PublicJwk, UnreadableKey> {
    KeyReader::new(password, None).public(file).map(|found| found.key)
}
