//! Which object identifier is which scheme, and what a scheme is called that is not opened.

use pkcs8::ObjectIdentifier;

use crate::jose::crypto::key_files::Hash;
use crate::jose::format::UnreadableKey;

pub(super) const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
pub(super) const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
pub(super) const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");
pub(super) const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
pub(super) const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
pub(super) const DES_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.7");
pub(super) const DES_EDE3_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");
pub(super) const RC2_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.2");

// In DER, less their last arcs.
/// `1.2.840.113549.1.12.1`.
pub(super) const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];
/// `1.2.840.113549.1.5`.
pub(super) const PKCS5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5];
/// `1.2.840.113549.2`.
pub(super) const HMACS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2];
/// `2.16.840.1.101.3.4.1`.
pub(super) const AES: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1];
/// `2.16.840.1.101.3.4.2`.
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
/// `1.3.14.3.2.26`.
const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];

/// The hash of PKCS#12's code.
pub(in crate::jose::format) fn hash(name: ObjectIdentifier) -> Result<Hash, UnreadableKey> {
    match (name.as_bytes() == SHA1, name.as_bytes().strip_prefix(SHA2)) {
        (true, _) => Ok(Hash::Sha1),
        (_, Some([1])) => Ok(Hash::Sha256),
        (_, Some([2])) => Ok(Hash::Sha384),
        (_, Some([3])) => Ok(Hash::Sha512),
        (_, Some([4])) => Ok(Hash::Sha224),
        _ => Err(unknown(name)),
    }
}

/// What people call the schemes that are not opened.
const NAMES: [(&str, &str); 19] = [
    ("1.2.840.113549.1.12.1.1", "PBE-SHA1-RC4-128"),
    ("1.2.840.113549.1.12.1.2", "PBE-SHA1-RC4-40"),
    ("1.2.840.113549.1.5.1", "PBE-MD2-DES"),
    ("1.2.840.113549.1.5.4", "PBE-MD2-RC2-64"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("1.2.840.113549.2.6", "PBKDF2 with HMAC-MD5"),
    ("1.2.840.113549.3.9", "RC5-CBC"),
    ("2.16.840.1.101.3.4.1.6", "AES-128-GCM"),
    ("2.16.840.1.101.3.4.1.26", "AES-192-GCM"),
    ("2.16.840.1.101.3.4.1.46", "AES-256-GCM"),
    ("2.16.840.1.101.3.4.1.1", "AES-128-ECB"),
    ("2.16.840.1.101.3.4.1.41", "AES-256-ECB"),
    ("1.2.392.200011.61.1.1.1.2", "CAMELLIA-128-CBC"),
    ("1.2.392.200011.61.1.1.1.4", "CAMELLIA-256-CBC"),
    ("1.2.410.200046.1.1.2", "ARIA-128-CBC"),
    ("1.2.410.200046.1.1.12", "ARIA-256-CBC"),
    ("1.2.410.200004.1.4", "SEED-CBC"),
    ("1.2.643.2.2.21", "GOST 28147-89"),
    ("1.2.156.10197.1.104.2", "SM4-CBC"),
];

/// Says which scheme it is.
pub(super) fn unknown(scheme: ObjectIdentifier) -> UnreadableKey {
    let dotted = scheme.to_string();
    let known = NAMES.iter().find(|(own, _)| *own == dotted);
    UnreadableKey::Scheme(known.map_or(dotted, |(_, name)| (*name).to_owned()))
}
