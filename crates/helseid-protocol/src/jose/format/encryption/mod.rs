//! Opens what is encrypted under a password: PKCS#5's PBES2 and PBES1 (RFC 8018), PKCS#12's own (RFC 7292 appendix C),
//! and PEM's from before PKCS#8.
//!
//! | scheme | opened |
//! | --- | --- |
//! | PBES2 by PBKDF2 with HMAC of SHA-1, every SHA-2 and SHA-512/224 and /256, or by scrypt | yes |
//! | … with AES-CBC, DES-EDE3-CBC, DES-CBC or RC2-CBC of any size | yes |
//! | PBES1 of MD5 or SHA-1 with DES or RC2 | yes |
//! | PKCS#12's of SHA-1 with 3DES of two or three keys, or RC2 of 40 or 128 bits | yes |
//! | `DEK-Info` with AES-CBC, DES-EDE3-CBC or DES-CBC | yes |
//! | all else | its name is told |

mod cipher;
mod derive;
mod names;
mod password;
mod pbes2;
mod pem_header;
mod work;

use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;

use super::{SecretBytes, UnreadableKey, asn1};
use crate::jose::crypto::key_files::Hash;
use cipher::Cipher;

pub(super) use names::hash;
pub use password::Password;
pub(super) use password::{Spelling, try_spellings};
pub(super) use pbes2::seal;
pub(super) use pem_header::open_pem;
pub(super) use work::Work;

/// PKCS#12's key derivation makes keys, IVs and keys of codes (RFC 7292 appendix B.3).
pub(super) use derive::{Purpose, pkcs12 as derive_pkcs12};

const MALFORMED: UnreadableKey =
    UnreadableKey::Malformed("an encrypted key: its parameters are not those of its scheme");

/// Opens an `EncryptedPrivateKeyInfo`: the key as PKCS#8.
pub(super) fn open_pkcs8(
    der: &[u8],
    password: &Spelling,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    let malformed = || UnreadableKey::Malformed("encrypted PKCS#8");
    let members = asn1::sequence(der).ok_or_else(malformed)?;
    let [scheme, sealed] = members.as_slice() else { return Err(malformed()) };
    open(*scheme, asn1::octets(*sealed).ok_or_else(malformed)?, password, work)
}

/// Whether `der` is an `EncryptedPrivateKeyInfo`: an algorithm, and a string.
pub(super) fn is_encrypted_pkcs8(der: &[u8]) -> bool {
    let Some(members) = asn1::sequence(der) else { return false };
    matches!(members.as_slice(), [scheme, sealed] if asn1::algorithm(*scheme).is_some() && asn1::octets(*sealed).is_some())
}

/// Opens `sealed` as `scheme`, an `AlgorithmIdentifier`, says.
pub(super) fn open(
    scheme: AnyRef<'_>,
    sealed: &[u8],
    password: &Spelling,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    let (scheme, parameters) = asn1::algorithm(scheme).ok_or(MALFORMED)?;
    if scheme == names::PBES2 {
        return pbes2::open(parameters.ok_or(MALFORMED)?, sealed, password, work);
    }
    let Some(known) = PasswordScheme::of(scheme) else { return Err(names::unknown(scheme)) };
    let parameters = parameters.and_then(asn1::inside).ok_or(MALFORMED)?;
    let [salt, rounds] = parameters.as_slice() else { return Err(MALFORMED) };
    let salt = asn1::octets(*salt).ok_or(MALFORMED)?;
    let rounds = asn1::number(*rounds).ok_or(MALFORMED)?;
    let (cipher, key, iv) = known.key(password, salt, rounds, work)?;
    cipher.open(&key, &iv, sealed).ok_or(UnreadableKey::Password)
}

/// The schemes that name hash and cipher at once.
enum PasswordScheme {
    Pkcs12(Cipher, usize),
    Pbes1(derive::Pbkdf1Hash, Cipher),
}

impl PasswordScheme {
    fn of(scheme: ObjectIdentifier) -> Option<Self> {
        use derive::Pbkdf1Hash::{Md5, Sha1};
        let pkcs12 = scheme.as_bytes().strip_prefix(names::PKCS12_PBE);
        let pbes1 = scheme.as_bytes().strip_prefix(names::PKCS5);
        match (pkcs12, pbes1) {
            (Some([3]), _) => Some(Self::Pkcs12(Cipher::TripleDes, 24)),
            (Some([4]), _) => Some(Self::Pkcs12(Cipher::TripleDesOfTwo, 16)),
            (Some([5]), _) => Some(Self::Pkcs12(Cipher::Rc2 { bits: 128 }, 16)),
            (Some([6]), _) => Some(Self::Pkcs12(Cipher::Rc2 { bits: 40 }, 5)),
            (_, Some([3])) => Some(Self::Pbes1(Md5, Cipher::Des)),
            (_, Some([6])) => Some(Self::Pbes1(Md5, Cipher::Rc2 { bits: 64 })),
            (_, Some([10])) => Some(Self::Pbes1(Sha1, Cipher::Des)),
            (_, Some([11])) => Some(Self::Pbes1(Sha1, Cipher::Rc2 { bits: 64 })),
            _ => None,
        }
    }

    fn key(
        self,
        password: &Spelling,
        salt: &[u8],
        rounds: u32,
        work: &mut Work,
    ) -> Result<(Cipher, SecretBytes, SecretBytes), UnreadableKey> {
        match self {
            Self::Pkcs12(cipher, length) => {
                let mut derived = |purpose, length| {
                    derive::pkcs12(Hash::Sha1, password, (salt, rounds), purpose, length, work)
                };
                Ok((cipher, derived(Purpose::Key, length)?, derived(Purpose::Iv, 8)?))
            }
            Self::Pbes1(hash, cipher) => {
                work.spend(rounds, 1)?;
                let (key, iv) = derive::pbkdf1(hash, &password.bytes, salt, rounds);
                Ok((cipher, key, iv))
            }
        }
    }
}

#[cfg(test)]
mod tests;
