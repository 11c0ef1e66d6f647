//! PKCS#12, written: a key and its certificate, AES-256 and SHA-256 throughout.

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

fn store(pkcs8: &[u8], certificate: &Certificate, password: &Spelling) -> Option<SecretBytes> {
    let attributes = attributes(certificate)?;
    let bag = |kind: u8, content: &[u8]| {
        let content = written(TAGGED, &[content]);
        written(SEQUENCE, &[&pkcs(&[12, 10, 1, kind]), &content, &attributes])
    };

    let (scheme, sealed) = seal(pkcs8, password, ROUNDS, &SystemRandom)?;
    let key = bag(2, &written(SEQUENCE, &[&scheme, &written(OCTETS, &[&sealed])]));
    let keys = data(&written(SEQUENCE, &[&key]));

    let x509 = written(TAGGED, &[&written(OCTETS, &[certificate.der()])]);
    let certificates = written(SEQUENCE, &[&bag(3, &written(SEQUENCE, &[&pkcs(&[9, 22, 1]), &x509]))]);
    let (scheme, sealed) = seal(&certificates, password, ROUNDS, &SystemRandom)?;
    let info = written(SEQUENCE, &[&pkcs(&[7, 1]), &scheme, &written(IN_ITS_PLACE, &[&sealed])]);
    let encrypted = written(SEQUENCE, &[&0_u8.to_der().ok()?, &info]);
    let certificates = written(SEQUENCE, &[&pkcs(&[7, 6]), &written(TAGGED, &[&encrypted])]);

    let content = written(SEQUENCE, &[&certificates, &keys]);
    let code = code(&content, password)?;
    Some(written(SEQUENCE, &[&3_u8.to_der().ok()?, &data(&content), &code]))
}

/// What joins key and certificate: the entry's name, and the certificate's thumbprint.
fn attributes(certificate: &Certificate) -> Option<SecretBytes> {
    let attribute = |kind: u8, value: &[u8]| written(SEQUENCE, &[&pkcs(&[9, kind]), &written(SET, &[value])]);
    let name = BmpString::from_utf8(ALIAS).ok()?;
    let name = attribute(20, &written(BMP_STRING, &[name.as_bytes()]));
    let id = attribute(21, &written(OCTETS, &[&certificate.sha1_thumbprint()]));
    Some(written(SET, &[&name, &id]))
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
