//! Reads a key from whatever file holds it.

use super::kind::Kind;
use super::{
    Certificate, KeyReader, Password, Readout, UnreadableKey, der, encryption, json_key, pem, pkcs12, xml,
};
use crate::jose::jwk::{PrivateJwk, PublicJwk, SigningKey, VerifyKey};

impl KeyReader<'_> {
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
                pkcs12::private(bytes, self.password(), self.alias())?.into()
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
