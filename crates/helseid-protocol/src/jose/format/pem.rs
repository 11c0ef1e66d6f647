//! PEM (RFC 7468): labels around DER.

use ::pem::Pem;
use zeroize::Zeroizing;

use super::certificate::config;
use super::der::{DerForm, private_from_der, private_to_der, public_from_der, public_to_der};
use super::{Certificate, KeyReader, SecretBytes, UnreadableKey, choice, encryption, foreign};
use crate::jose::KeyType;
use crate::jose::jwk::{PrivateJwk, PublicJwk};
use crate::secret::PrivateKeyText;

/// The label that a private key gets.
///
/// ```
/// use helseid_protocol::jose::format::{PemForm, UnreadableKey, private_to_pem};
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let pem = private_to_pem(&key, PemForm::OfItsKind)?;
/// assert!(pem.expose().starts_with("-----BEGIN EC PRIVATE KEY-----"));
/// # Ok::<(), UnreadableKey>(())
/// ```
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
/// The second is what Netscape and old OpenSSL wrote.
const CERTIFICATES: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];

/// The one private key among the blocks of `text`; a certificate of the same key lends it `x5c`.
pub(super) fn private(text: &str, reader: KeyReader<'_>) -> Result<PrivateJwk, UnreadableKey> {
    let blocks = blocks(text)?;
    let keys: Vec<_> = blocks.iter().filter(|block| block.label.ends_with(PKCS8)).collect();
    let names: Vec<_> = keys.iter().map(|block| block.name.clone()).collect();
    let foreign = || blocks.iter().find_map(|block| foreign::pem(&block.label, &block.content));
    let others = match blocks.iter().any(Block::is_certificate) {
        true => "a certificate",
        false => "a public key",
    };
    let place = choice::of(&names, reader.alias(), others).map_err(|why| match why {
        UnreadableKey::NoPrivateKey(_) => foreign().unwrap_or(why),
        other => other,
    })?;
    let Some(block) = keys.get(place) else { return Err(UnreadableKey::NoPrivateKey(others)) };
    let key = match (block.label.as_str(), &block.encryption) {
        (ENCRYPTED, _) => reader.decrypted(&block.content)?,
        (PKCS8 | PKCS1 | SEC1, Some(info)) => private_from_der(&opened(info, &block.content, reader)?)?,
        (PKCS8 | PKCS1 | SEC1, None) => private_from_der(&block.content)?,
        (label, _) => return Err(foreign::pem(label, &block.content).unwrap_or(UnreadableKey::UnknownKind)),
    };
    let certificates = blocks.iter().filter(|block| block.is_certificate());
    let certificates: Result<Vec<_>, _> = certificates.map(|b| Certificate::from_der(&b.content)).collect();
    Ok(super::certificate::attached(key, &certificates?))
}

/// What `DEK-Info` encrypts.
fn opened(info: &str, sealed: &[u8], reader: KeyReader<'_>) -> Result<SecretBytes, UnreadableKey> {
    let password = reader.password().ok_or(UnreadableKey::PasswordMissing)?;
    encryption::try_spellings(password, |spelling, _| encryption::open_pem(info, sealed, spelling))
}

/// The first public key or certificate, if a private key does not stand there as well.
pub(super) fn public(text: &str) -> Result<Option<PublicJwk>, UnreadableKey> {
    let blocks = blocks(text)?;
    if blocks.iter().any(|block| block.label.ends_with(PKCS8)) {
        return Ok(None);
    }
    let known =
        |block: &&Block| block.is_certificate() || [SPKI, PKCS1_PUBLIC].contains(&block.label.as_str());
    let foreign = || blocks.iter().find_map(|block| foreign::pem(&block.label, &block.content));
    let Some(block) = blocks.iter().find(known) else {
        return Err(foreign().unwrap_or(UnreadableKey::Malformed("PEM with a label of a key")));
    };
    match block.is_certificate() {
        true => Certificate::from_der(&block.content)?.public_key().map(Some),
        false => public_from_der(&block.content).map(Some),
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

/// One block; its content is wiped on drop.
struct Block {
    label: String,
    /// What OpenSSL writes before a block that it takes out of PKCS#12.
    name: Option<String>,
    /// `DEK-Info`, which RFC 7468 leaves behind.
    encryption: Option<String>,
    content: Zeroizing<Vec<u8>>,
}

impl Block {
    fn is_certificate(&self) -> bool {
        CERTIFICATES.contains(&self.label.as_str())
    }
}

fn blocks(text: &str) -> Result<Vec<Block>, UnreadableKey> {
    let blocks = ::pem::parse_many(text).map_err(|_| UnreadableKey::Malformed("PEM"))?;
    let name = |before: &str| {
        let line = before.lines().rev().find_map(|line| line.trim().strip_prefix("friendlyName:"));
        line.map(|name| name.trim().to_owned())
    };
    let block = |(block, before): (Pem, &str)| Block {
        label: block.tag().to_owned(),
        name: name(before),
        encryption: block
            .headers()
            .get("Proc-Type")
            .map(|_| block.headers().get("DEK-Info").unwrap_or_default().to_owned()),
        content: Zeroizing::new(block.into_contents()),
    };
    Ok(blocks.into_iter().zip(text.split("-----BEGIN ")).map(block).collect())
}
