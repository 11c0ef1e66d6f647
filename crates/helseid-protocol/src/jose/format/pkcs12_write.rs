//! PKCS#12, written: a key and its certificate, or a certificate that is trusted; AES-256 and SHA-256 throughout.

use pkcs8::der::Encode as _;
use pkcs8::der::asn1::BmpString;

use super::asn1::written;
use super::der::{DerForm, private_to_der};
use super::encryption::{Purpose, Spelling, Work, derive_pkcs12, seal};
use super::{Certificate, Password, SecretBytes, UnreadableKey};
use crate::jose::crypto::SystemRandom;
use crate::jose::crypto::key_files::Hash;
use crate::jose::jwk::PrivateJwk;
use crate::jose::random::Random as _;
use crate::time::Timestamp;

/// The rounds of each derivation: half a second for who guesses a thousand passwords, and every reader takes as many.
const ROUNDS: u32 = 100_000;
/// The name of the entry.
const ALIAS: &str = "helseid";

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OCTETS: u8 = 0x04;
const BMP_STRING: u8 = 0x1e;
/// `[0]` around a value, and in the place of an OCTET STRING's own tag.
const TAGGED: u8 = 0xa0;
const IN_ITS_PLACE: u8 = 0x80;

// OBJECT IDENTIFIERs, in DER.
/// `2.16.840.1.113894.746875.1.1`, by which Java knows a certificate as one that is trusted, and not as a part of a chain.
const TRUSTED_KEY_USAGE: [u8; 12] = [0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1];
/// `2.5.29.37.0`, anyExtendedKeyUsage (RFC 5280 section 4.2.1.12).
const ANY_USAGE: [u8; 4] = [0x55, 0x1d, 0x25, 0];
/// `1.2.840.113549.1`.
const PKCS: [u8; 7] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1];
const SHA256: [u8; 9] = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// Writes `key` with a self-signed certificate, since most readers look for one, under `password`, with AES-256 and
/// SHA-256. The certificate holds for five years from `now`.
pub fn private_to_pkcs12(
    key: &PrivateJwk,
    password: &Password,
    now: Timestamp,
) -> Result<SecretBytes, UnreadableKey> {
    let certificate = Certificate::self_signed(key, "HelseID client", now)?;
    let pkcs8 = private_to_der(key, DerForm::Pkcs8)?;
    store(&pkcs8, &certificate, &Spelling::of(password.expose()))
        .ok_or(UnreadableKey::Malformed("a key for PKCS#12"))
}

/// Writes `certificate` as one that Java trusts whatever it is used for, under `password`, with AES-256 and SHA-256.
pub fn trust_store_to_pkcs12(
    certificate: &Certificate,
    password: &Password,
) -> Result<SecretBytes, UnreadableKey> {
    trust_store(certificate, &Spelling::of(password.expose()))
        .ok_or(UnreadableKey::Malformed("a certificate for PKCS#12"))
}

fn trust_store(certificate: &Certificate, password: &Spelling) -> Option<SecretBytes> {
    let usages = written(SET, &[&written(0x06, &[&ANY_USAGE])]);
    let trusted = written(SEQUENCE, &[&written(0x06, &[&TRUSTED_KEY_USAGE]), &usages]);
    let attributes = written(SET, &[&name()?, &trusted]);
    whole(&[&certificates(certificate, &attributes, password)?], password)
}

fn store(pkcs8: &[u8], certificate: &Certificate, password: &Spelling) -> Option<SecretBytes> {
    // What joins key and certificate: the entry's name, and the certificate's thumbprint.
    let id = attribute(21, &written(OCTETS, &[&certificate.sha1_thumbprint()]));
    let attributes = written(SET, &[&name()?, &id]);
    let (scheme, sealed) = seal(pkcs8, password, ROUNDS, &SystemRandom)?;
    let key = bag(2, &written(SEQUENCE, &[&scheme, &written(OCTETS, &[&sealed])]), &attributes);
    let keys = data(&written(SEQUENCE, &[&key]));
    whole(&[&certificates(certificate, &attributes, password)?, &keys], password)
}

/// `PFX` around the parts of a store.
fn whole(parts: &[&[u8]], password: &Spelling) -> Option<SecretBytes> {
    let content = written(SEQUENCE, parts);
    let code = code(&content, password)?;
    Some(written(SEQUENCE, &[&3_u8.to_der().ok()?, &data(&content), &code]))
}

/// `ContentInfo` of a certificate with these attributes, encrypted.
fn certificates(certificate: &Certificate, attributes: &[u8], password: &Spelling) -> Option<SecretBytes> {
    let x509 = written(TAGGED, &[&written(OCTETS, &[certificate.der()])]);
    let bag = bag(3, &written(SEQUENCE, &[&pkcs(&[9, 22, 1]), &x509]), attributes);
    let (scheme, sealed) = seal(&written(SEQUENCE, &[&bag]), password, ROUNDS, &SystemRandom)?;
    let info = written(SEQUENCE, &[&pkcs(&[7, 1]), &scheme, &written(IN_ITS_PLACE, &[&sealed])]);
    let encrypted = written(SEQUENCE, &[&0_u8.to_der().ok()?, &info]);
    Some(written(SEQUENCE, &[&pkcs(&[7, 6]), &written(TAGGED, &[&encrypted])]))
}

/// `SafeBag`.
fn bag(kind: u8, content: &[u8], attributes: &[u8]) -> SecretBytes {
    written(SEQUENCE, &[&pkcs(&[12, 10, 1, kind]), &written(TAGGED, &[content]), attributes])
}

fn attribute(kind: u8, value: &[u8]) -> SecretBytes {
    written(SEQUENCE, &[&pkcs(&[9, kind]), &written(SET, &[value])])
}

/// The name of the entry, as an attribute.
fn name() -> Option<SecretBytes> {
    let name = BmpString::from_utf8(ALIAS).ok()?;
    Some(attribute(20, &written(BMP_STRING, &[name.as_bytes()])))
}

/// `ContentInfo` of bytes as they are.
fn data(content: &[u8]) -> SecretBytes {
    let content = written(TAGGED, &[&written(OCTETS, &[content])]);
    written(SEQUENCE, &[&pkcs(&[7, 1]), &content])
}

/// `MacData`.
fn code(content: &[u8], password: &Spelling) -> Option<SecretBytes> {
    let mut salt = [0; 16];
    SystemRandom.fill(&mut salt);
    let work = &mut Work::of_one_file();
    let hash = Hash::Sha256;
    let key = derive_pkcs12(hash, password, (&salt, ROUNDS), Purpose::Code, hash.bytes(), work).ok()?;
    let algorithm = written(SEQUENCE, &[&written(0x06, &[&SHA256]), &written(0x05, &[])]);
    let info = written(SEQUENCE, &[&algorithm, &written(OCTETS, &[&hash.code(&key, content)])]);
    Some(written(SEQUENCE, &[&info, &written(OCTETS, &[&salt]), &ROUNDS.to_der().ok()?]))
}

/// An OBJECT IDENTIFIER under `1.2.840.113549.1`.
fn pkcs(arcs: &[u8]) -> SecretBytes {
    written(0x06, &[&PKCS, arcs])
}
