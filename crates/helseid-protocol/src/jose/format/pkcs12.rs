//! PKCS#12 (RFC 7292): what .NET, OpenSSL 3 and keytool write, and the older kind with RC2 and 3DES.

use std::fmt;

use p12_keystore::error::Error;
use p12_keystore::{
    Certificate as P12Certificate, KeyStore, KeyStoreEntry, Pkcs12Archive, PrivateKey, PrivateKeyChain,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::der::{DerForm, private_from_der, private_to_der};
use super::{Certificate, SecretBytes, UnreadableKey};
use crate::jose::jwk::PrivateJwk;
use crate::time::Timestamp;

/// What opens a key file. Does not print, and is wiped on drop.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// Takes the password as it is, an empty one too.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(hidden)")
    }
}

/// Whether `der` begins as a PFX does: a SEQUENCE whose first member is the INTEGER 3, and whose second is a SEQUENCE
/// that begins with an object identifier.
pub(super) fn is_one(der: &[u8]) -> bool {
    use pkcs8::der::asn1::AnyRef;
    use pkcs8::der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
    let Ok(outer) = AnyRef::from_der(der) else { return false };
    let Ok(mut members) = SliceReader::new(outer.value()) else { return false };
    let version: Result<u8, _> = members.decode();
    let Ok(content) = AnyRef::decode(&mut members) else { return false };
    version == Ok(3) && content.tag() == Tag::Sequence && content.value().first() == Some(&0x06)
}

/// The one private key of the store, with `x5c` when a certificate of the same key is there.
pub(super) fn private(der: &[u8], password: Option<&Password>) -> Result<PrivateJwk, UnreadableKey> {
    let archive = match password {
        Some(password) => Pkcs12Archive::from_pkcs12(der, password.expose()).map_err(|e| refusal(&e))?,
        // A store without a password is one with an empty password.
        None => Pkcs12Archive::from_pkcs12(der, "").map_err(|error| match refusal(&error) {
            UnreadableKey::Password => UnreadableKey::PasswordMissing,
            other => other,
        })?,
    };
    let key = match archive.keys.as_slice() {
        [only] => private_from_der(only.key.as_der())?,
        [] => return Err(UnreadableKey::NoPrivateKey("certificates")),
        several => return Err(UnreadableKey::NotOneKey(several.len())),
    };
    let certificates: Result<Vec<_>, _> =
        archive.certs.iter().map(|bag| Certificate::from_der(bag.cert.as_der())).collect();
    Ok(super::certificate::attached(key, &certificates?))
}

fn refusal(error: &Error) -> UnreadableKey {
    match error {
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm | Error::InvalidParameters => {
            UnreadableKey::Encryption
        }
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => UnreadableKey::Password,
        _ => UnreadableKey::Malformed("PKCS#12"),
    }
}

/// Writes `key` with a self-signed certificate, since most readers look for one, under `password`, with AES-256 and
/// SHA-256. The certificate holds for five years from `now`.
pub fn private_to_pkcs12(
    key: &PrivateJwk,
    password: &Password,
    now: Timestamp,
) -> Result<SecretBytes, UnreadableKey> {
    let certificate = Certificate::self_signed(key, "HelseID client", now)?;
    let unwritable = |_: Error| UnreadableKey::Malformed("a key for PKCS#12");
    let chain = PrivateKeyChain::new(
        certificate.sha1_thumbprint().as_slice(),
        PrivateKey::from_der(&private_to_der(key, DerForm::Pkcs8)?).map_err(unwritable)?,
        [P12Certificate::from_der(certificate.der()).map_err(unwritable)?],
    );
    let mut store = KeyStore::new();
    store.add_entry("helseid", KeyStoreEntry::PrivateKeyChain(chain));
    let written = store.writer(password.expose()).write().map_err(unwritable)?;
    Ok(SecretBytes::new(written))
}
