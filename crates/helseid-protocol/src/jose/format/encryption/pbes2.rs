//! PBES2 (RFC 8018 section 6.2): a key by PBKDF2 or scrypt, then a cipher.

use pbkdf2::pbkdf2_hmac;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{Encode as _, Tag, Tagged as _};
use sha2::{Sha512_224, Sha512_256};
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::{MALFORMED, Spelling, Work, names};
use crate::jose::crypto::key_files::{Hash, seal_aes_cbc};
use crate::jose::format::asn1::{self, written};
use crate::jose::format::{SecretBytes, UnreadableKey};
use crate::jose::random::Random;

/// The most bytes of a key.
const MAX_KEY_BYTES: u32 = 128;

/// Opens `sealed` by `PBES2-params`.
pub(super) fn open(
    parameters: AnyRef<'_>,
    sealed: &[u8],
    password: &Spelling,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    let parameters = asn1::inside(parameters).ok_or(MALFORMED)?;
    let [derivation, cipher] = parameters.as_slice() else { return Err(MALFORMED) };
    let (cipher, iv) = cipher_of(*cipher)?;
    let key = key(*derivation, cipher.key_bytes(), password, work)?;
    cipher.open(&key, iv, sealed).ok_or(UnreadableKey::Password)
}

/// The cipher and its IV.
fn cipher_of(algorithm: AnyRef<'_>) -> Result<(Cipher, &[u8]), UnreadableKey> {
    let (name, parameters) = asn1::algorithm(algorithm).ok_or(MALFORMED)?;
    let cipher = match name {
        names::DES_CBC => Cipher::Des,
        names::DES_EDE3_CBC => Cipher::TripleDes,
        names::RC2_CBC => return rc2(parameters.ok_or(MALFORMED)?).ok_or(MALFORMED),
        _ => match name.as_bytes().strip_prefix(names::AES) {
            Some([2]) => Cipher::Aes { key_bytes: 16 },
            Some([22]) => Cipher::Aes { key_bytes: 24 },
            Some([42]) => Cipher::Aes { key_bytes: 32 },
            _ => return Err(names::unknown(name)),
        },
    };
    Ok((cipher, parameters.and_then(asn1::octets).ok_or(MALFORMED)?))
}

/// `RC2-CBC-Parameter` (RFC 8018 appendix B.2.3), whose version stands for the bits of the key.
fn rc2(parameters: AnyRef<'_>) -> Option<(Cipher, &[u8])> {
    let members = asn1::inside(parameters)?;
    let (bits, iv) = match members.as_slice() {
        [iv] => (32, *iv),
        [version, iv] => match asn1::number(*version)? {
            160 => (40, *iv),
            120 => (64, *iv),
            58 => (128, *iv),
            bits @ 256..=1024 => (usize::try_from(bits).ok()?, *iv),
            _ => return None,
        },
        _ => return None,
    };
    Some((Cipher::Rc2 { bits }, asn1::octets(iv)?))
}

fn key(
    derivation: AnyRef<'_>,
    key_bytes: usize,
    password: &Spelling,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    let (name, parameters) = asn1::algorithm(derivation).ok_or(MALFORMED)?;
    let parameters = parameters.and_then(asn1::inside).ok_or(MALFORMED)?;
    match name {
        names::PBKDF2 => pbkdf2(&parameters, key_bytes, password, work),
        names::SCRYPT => scrypt(&parameters, key_bytes, password, work),
        other => Err(names::unknown(other)),
    }
}

/// `PBKDF2-params`: salt, rounds, the key's length if it is said, the hash if it is not SHA-1.
fn pbkdf2(
    parameters: &[AnyRef<'_>],
    key_bytes: usize,
    password: &Spelling,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    let (salt, rounds, rest) = match parameters {
        [salt, rounds, rest @ ..] => (asn1::octets(*salt), asn1::number(*rounds), rest),
        _ => return Err(MALFORMED),
    };
    let (salt, rounds) = (salt.ok_or(MALFORMED)?, rounds.ok_or(MALFORMED)?);
    let (length, hash) = match rest {
        [] => (None, None),
        [length] if length.tag() == Tag::Integer => (Some(*length), None),
        [hash] => (None, Some(*hash)),
        [length, hash] => (Some(*length), Some(*hash)),
        _ => return Err(MALFORMED),
    };
    let mut key = room(length, key_bytes)?;
    let hash = hash.map(|hash| asn1::algorithm(hash).ok_or(MALFORMED)).transpose()?;
    work.spend(rounds, key.len().div_ceil(20))?;
    let by = |hash: Hash, key: &mut [u8]| hash.pbkdf2(&password.bytes, salt, rounds, key);
    let Some((hash, _)) = hash else {
        by(Hash::Sha1, &mut key);
        return Ok(key);
    };
    match hash.as_bytes().strip_prefix(names::HMACS) {
        Some([7]) => by(Hash::Sha1, &mut key),
        Some([8]) => by(Hash::Sha224, &mut key),
        Some([9]) => by(Hash::Sha256, &mut key),
        Some([10]) => by(Hash::Sha384, &mut key),
        Some([11]) => by(Hash::Sha512, &mut key),
        Some([12]) => pbkdf2_hmac::<Sha512_224>(&password.bytes, salt, rounds, &mut key),
        Some([13]) => pbkdf2_hmac::<Sha512_256>(&password.bytes, salt, rounds, &mut key),
        _ => return Err(names::unknown(hash)),
    }
    Ok(key)
}

/// `scrypt-params` (RFC 7914 section 7).
fn scrypt(
    parameters: &[AnyRef<'_>],
    key_bytes: usize,
    password: &Spelling,
    work: &mut Work,
) -> Result<SecretBytes, UnreadableKey> {
    let [salt, n, r, p, rest @ ..] = parameters else { return Err(MALFORMED) };
    let number = |value: &AnyRef<'_>| asn1::number(*value).ok_or(MALFORMED);
    let (n, r, p) = (number(n)?, number(r)?, number(p)?);
    if n < 2 || !n.is_power_of_two() {
        return Err(MALFORMED);
    }
    work.spend_scrypt(n, r, p)?;
    let log_n = u8::try_from(n.ilog2()).map_err(|_| MALFORMED)?;
    let settings = scrypt::Params::new(log_n, r, p).map_err(|_| MALFORMED)?;
    let mut key = room(rest.first().copied(), key_bytes)?;
    let salt = asn1::octets(*salt).ok_or(MALFORMED)?;
    scrypt::scrypt(&password.bytes, salt, &settings, &mut key).map_err(|_| MALFORMED)?;
    Ok(key)
}

/// Room for a key: RC2's can have more or fewer bytes than its bits need, and then the file says so.
fn room(length: Option<AnyRef<'_>>, key_bytes: usize) -> Result<SecretBytes, UnreadableKey> {
    let said = length.map(|length| asn1::number(length).filter(|n| (1..=MAX_KEY_BYTES).contains(n)));
    let bytes = match said {
        None => key_bytes,
        Some(said) => said.and_then(|said| usize::try_from(said).ok()).ok_or(MALFORMED)?,
    };
    Ok(Zeroizing::new(vec![0; bytes]))
}

/// Seals `plain` with AES-256-CBC and a key of PBKDF2 with HMAC-SHA256: the `AlgorithmIdentifier`, and what was sealed.
pub(in crate::jose::format) fn seal(
    plain: &[u8],
    password: &Spelling,
    rounds: u32,
    random: &impl Random,
) -> Option<(SecretBytes, Vec<u8>)> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    random.fill(&mut salt);
    random.fill(&mut iv);
    let mut key = Zeroizing::new([0; 32]);
    Hash::Sha256.pbkdf2(&password.bytes, &salt, rounds, key.as_mut_slice());
    let algorithm =
        |name: ObjectIdentifier, parameters: &[u8]| Some(written(0x30, &[&name.to_der().ok()?, parameters]));
    let hash = algorithm(names::HMAC_SHA256, &written(0x05, &[]))?;
    let derivation = written(0x30, &[&written(0x04, &[&salt]), &rounds.to_der().ok()?, &hash]);
    let both =
        [algorithm(names::PBKDF2, &derivation)?, algorithm(names::AES_256_CBC, &written(0x04, &[&iv]))?];
    let scheme = algorithm(names::PBES2, &written(0x30, &[&both[0], &both[1]]))?;
    Some((scheme, seal_aes_cbc(key.as_slice(), &iv, plain)?))
}
