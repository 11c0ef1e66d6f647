//! Keys in the files that people have: JWK, PEM and DER, PKCS#12, X.509, XML, and NHN's configuration file.
//!
//! | what | read | written |
//! | --- | --- | --- |
//! | JWK, JWK Set (RFC 7517) | yes | yes, by [`PrivateJwk`] and [`JwkSet`] |
//! | PKCS#8 (RFC 5958), PEM or DER, also encrypted with PBES2 | yes | yes, unencrypted |
//! | PKCS#1 (RFC 8017), SEC1 (RFC 5915), SPKI (RFC 5280), PEM or DER | yes | yes |
//! | PKCS#12 (RFC 7292), AES and the older RC2 and 3DES | yes | yes, AES-256 with SHA-256 |
//! | X.509 certificate (RFC 5280): its public key, `x5t`, `x5t#S256`, `x5c` | yes | a self-signed one |
//! | XML `RSAKeyValue` (XML Signature section 4.5.2.2) | yes | yes |
//! | the configuration file that NHN's self-service hands out | yes | no |
//!
//! Nothing but a JWK carries `kid` and `alg`; a key from elsewhere has neither until someone names them. No
//! certificate is validated here: neither its dates nor who signed it matter to HelseID, its key alone does.

mod certificate;
mod der;
mod error;
mod nhn;
mod pem;
mod pkcs12;
mod xml;

use zeroize::Zeroizing;

pub use certificate::Certificate;
pub use der::{DerForm, private_from_der, private_to_der, public_from_der, public_to_der};
pub use error::UnreadableKey;
pub use nhn::{NhnConfiguration, url_decoded};
pub use pem::{PemForm, private_to_pem, public_to_pem};
pub use pkcs12::{Password, private_to_pkcs12};
pub use xml::private_to_xml;

use super::jwk::{JwkSet, PrivateJwk, PublicJwk, SigningKey};
use crate::time::Timestamp;

/// The largest key file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// Reads a private key in whichever of the formats it is, and checks that both its halves belong together.
///
/// `password` opens PKCS#12 and encrypted PKCS#8, and is not looked at otherwise.
pub fn read_private(file: &[u8], password: Option<&Password>) -> Result<PrivateJwk, UnreadableKey> {
    let key = match Kind::of(file)? {
        Kind::Json(text) if NhnConfiguration::is_one(text) => NhnConfiguration::read(text)?.into_key(),
        Kind::Json(text) => PrivateJwk::read(text.as_bytes())?,
        Kind::Pem(text) => pem::private(text, password)?,
        Kind::Xml(text) => xml::private(text)?,
        Kind::Der(bytes) => match pkcs12::is_one(bytes) {
            true => pkcs12::private(bytes, password)?,
            false => private_from_der(bytes)?,
        },
    };
    SigningKey::new(&key)?;
    Ok(key)
}

/// Reads a public key in whichever of the formats it is: also from a certificate, a JWK Set of one key, or the private
/// key that it belongs to. `password` as for [`read_private`].
pub fn read_public(file: &[u8], password: Option<&Password>) -> Result<PublicJwk, UnreadableKey> {
    let public = match Kind::of(file)? {
        Kind::Json(text) if is_set(text) => only_key(&JwkSet::read(text.as_bytes())?)?,
        Kind::Json(text) => match PublicJwk::read(text.as_bytes()) {
            Ok(key) => key,
            Err(_) => read_private(file, password)?.public().clone(),
        },
        Kind::Pem(text) => match pem::public(text)? {
            Some(key) => key,
            None => read_private(file, password)?.public().clone(),
        },
        Kind::Der(bytes) => match public_from_der(bytes) {
            Ok(key) => key,
            Err(_) => match Certificate::from_der(bytes) {
                Ok(certificate) => certificate.public_key()?,
                Err(_) => read_private(file, password)?.public().clone(),
            },
        },
        Kind::Xml(text) => xml::public(text)?,
    };
    super::VerifyKey::new(public.clone())?;
    Ok(public)
}

/// When a key that was read from a file ends, as far as the file says: its JWK's `exp` or its certificate's `notAfter`,
/// whichever comes first. HelseID looks at neither: there a key ends when its registration does.
#[must_use]
pub fn expiry(key: &PublicJwk) -> Option<Timestamp> {
    let named = key.members().get("exp").and_then(serde_json::Value::as_i64).map(Timestamp::from_seconds);
    let of_certificate = Certificate::of(key).map(|certificate| certificate.not_after());
    named.into_iter().chain(of_certificate).min()
}

/// What the first bytes of a file say about it.
enum Kind<'a> {
    Json(&'a str),
    Pem(&'a str),
    Xml(&'a str),
    Der(&'a [u8]),
}

impl<'a> Kind<'a> {
    fn of(file: &'a [u8]) -> Result<Self, UnreadableKey> {
        if file.len() > MAX_FILE_BYTES {
            return Err(UnreadableKey::TooLarge(file.len()));
        }
        // A SEQUENCE in DER; `0` begins none of the texts.
        if file.first() == Some(&0x30) {
            return Ok(Self::Der(file));
        }
        let text = std::str::from_utf8(file).map_err(|_| UnreadableKey::UnknownFormat)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
        match text.as_bytes().first() {
            Some(b'{') => Ok(Self::Json(text)),
            Some(b'<') => Ok(Self::Xml(text)),
            _ if text.contains("-----BEGIN ") => Ok(Self::Pem(text)),
            _ => Err(UnreadableKey::UnknownFormat),
        }
    }
}

fn is_set(text: &str) -> bool {
    super::json::read_object(text.as_bytes()).is_ok_and(|members| members.contains_key("keys"))
}

fn only_key(set: &JwkSet) -> Result<PublicJwk, UnreadableKey> {
    match (set.keys(), set.skipped()) {
        ([key], []) => Ok(key.clone()),
        ([], [why]) => Err(why.clone().into()),
        (keys, skipped) => Err(UnreadableKey::NotOneKey(keys.len() + skipped.len())),
    }
}

/// Bytes of a private key that are wiped on drop.
pub type SecretBytes = Zeroizing<Vec<u8>>;

#[cfg(test)]
mod tests;
