//! PEM (RFC 7468): labels around DER.

use ::pem::{EncodeConfig, LineEnding, Pem};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use zeroize::Zeroizing;

use super::der::{DerForm, private_from_der, private_to_der, public_from_der, public_to_der};
use super::{Certificate, Password, UnreadableKey};
use crate::jose::KeyType;
use crate::jose::jwk::{PrivateJwk, PublicJwk};
use crate::secret::PrivateKeyText;

/// The label that a private key gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PemForm {
    /// `PRIVATE KEY`: PKCS#8.
    Pkcs8,
    /// `RSA PRIVATE KEY` or `EC PRIVATE KEY`: PKCS#1 or SEC1. Ed25519 has none.
    OfItsKind,
}

const PKCS8: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const SPKI: &str = "PUBLIC KEY";
const PKCS1_PUBLIC: &str = "RSA PUBLIC KEY";
const CERTIFICATE: &str = "CERTIFICATE";

/// The one private key among the blocks of `text`; a certificate of the same key lends it `x5c`.
pub(super) fn private(text: &str, password: Option<&Password>) -> Result<PrivateJwk, UnreadableKey> {
    let blocks = blocks(text)?;
    let mut keys = blocks.iter().filter(|block| block.label.ends_with(PKCS8));
    let (first, rest) = (keys.next(), keys.count());
    let Some(block) = first else {
        let what =
            if blocks.iter().any(|b| b.label == CERTIFICATE) { "a certificate" } else { "a public key" };
        return Err(UnreadableKey::NoPrivateKey(what));
    };
    if rest > 0 {
        return Err(UnreadableKey::NotOneKey(rest + 1));
    }
    let key = match block.label.as_str() {
        ENCRYPTED => decrypted(&block.content, password)?,
        PKCS8 | PKCS1 | SEC1 if block.legacy_encryption => return Err(UnreadableKey::Encryption),
        PKCS8 | PKCS1 | SEC1 => private_from_der(&block.content)?,
        _ => return Err(UnreadableKey::UnknownKind),
    };
    let certificates = blocks.iter().filter(|block| block.label == CERTIFICATE);
    let certificates: Result<Vec<_>, _> = certificates.map(|b| Certificate::from_der(&b.content)).collect();
    Ok(super::certificate::attached(key, &certificates?))
}

/// The first public key or certificate, if a private key does not stand there as well.
pub(super) fn public(text: &str) -> Result<Option<PublicJwk>, UnreadableKey> {
    let blocks = blocks(text)?;
    if blocks.iter().any(|block| block.label.ends_with(PKCS8)) {
        return Ok(None);
    }
    let known = |block: &&Block| matches!(block.label.as_str(), SPKI | PKCS1_PUBLIC | CERTIFICATE);
    let block = blocks.iter().find(known).ok_or(UnreadableKey::Malformed("PEM with a label of a key"))?;
    match block.label.as_str() {
        CERTIFICATE => Certificate::from_der(&block.content)?.public_key().map(Some),
        _ => public_from_der(&block.content).map(Some),
    }
}

/// Writes a private key as PEM. `kid`, `alg` and the like have no place there.
pub fn private_to_pem(key: &PrivateJwk, form: PemForm) -> Result<PrivateKeyText, UnreadableKey> {
    let (label, form) = match (form, key.public().key_type()) {
        (PemForm::Pkcs8, _) => (PKCS8, DerForm::Pkcs8),
        (PemForm::OfItsKind, KeyType::Rsa) => (PKCS1, DerForm::OfItsKind),
        (PemForm::OfItsKind, KeyType::P256 | KeyType::P384 | KeyType::P521) => (SEC1, DerForm::OfItsKind),
        (PemForm::OfItsKind, KeyType::Ed25519) => return Err(UnreadableKey::UnknownKind),
    };
    let der = private_to_der(key, form)?;
    let block = Pem::new(label, der.as_slice());
    let text = Zeroizing::new(::pem::encode_config(&block, config()));
    drop(Zeroizing::new(block.into_contents()));
    Ok(PrivateKeyText::new(text.as_str()))
}

/// Writes a public key as `PUBLIC KEY`.
pub fn public_to_pem(key: &PublicJwk) -> Result<String, UnreadableKey> {
    Ok(::pem::encode_config(&Pem::new(SPKI, public_to_der(key)?), config()))
}

pub(super) fn config() -> EncodeConfig {
    EncodeConfig::new().set_line_ending(LineEnding::LF)
}

fn decrypted(der: &[u8], password: Option<&Password>) -> Result<PrivateJwk, UnreadableKey> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der)
        .map_err(|_| UnreadableKey::Malformed("encrypted PKCS#8"))?;
    let password = password.ok_or(UnreadableKey::PasswordMissing)?;
    if info.encryption_algorithm.pbes2().is_none() {
        return Err(UnreadableKey::Encryption);
    }
    let opened = info.decrypt(password.expose()).map_err(|_| UnreadableKey::Password)?;
    private_from_der(opened.as_bytes())
}

/// One block; its content is wiped on drop.
struct Block {
    label: String,
    /// OpenSSL's old `Proc-Type: 4,ENCRYPTED`, which RFC 7468 leaves behind.
    legacy_encryption: bool,
    content: Zeroizing<Vec<u8>>,
}

fn blocks(text: &str) -> Result<Vec<Block>, UnreadableKey> {
    let blocks = ::pem::parse_many(text).map_err(|_| UnreadableKey::Malformed("PEM"))?;
    let block = |block: Pem| Block {
        label: block.tag().to_owned(),
        legacy_encryption: block.headers().get("Proc-Type").is_some(),
        content: Zeroizing::new(block.into_contents()),
    };
    Ok(blocks.into_iter().map(block).collect())
}
