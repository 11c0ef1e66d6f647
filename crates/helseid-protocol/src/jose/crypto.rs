//! The one file that names the crypto backend: hashes, codes, randomness, signatures, keys.

#[cfg(feature = "format")]
pub(super) mod key_files;
mod keyed;

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsBigEndian as _, AsDer as _, EcPrivateKeyBin};
use aws_lc_rs::rsa::{KeyPairComponents, KeySize};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RsaKeyPair,
    RsaParameters, RsaPublicKeyComponents, RsaSignatureEncoding, VerificationAlgorithm,
};
use aws_lc_rs::{constant_time, digest, rand};
use pkcs8::der::Decode as _;
use zeroize::Zeroizing;

use super::random::Random;
use super::{Algorithm, KeyType};

pub use keyed::{MacKey, SealingKey};

/// The operating system's randomness, through the backend.
///
/// ```
/// use helseid_protocol::random::{Random as _, SystemRandom};
///
/// let mut nonce = [0; 16];
/// SystemRandom.fill(&mut nonce);
/// assert_ne!(nonce, [0; 16]);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::expect_used, reason = "without randomness nothing here may go on")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// The hash that `algorithm` signs: of 32, 48 or 64 bytes. For Ed25519, which has it inside, SHA-512.
#[must_use]
pub fn hash_of(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    let function = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &digest::SHA256,
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::ES512 | Algorithm::EdDSA => &digest::SHA512,
    };
    digest::digest(function, bytes).as_ref().to_vec()
}

/// SHA-1, for `x5t` and for `kid`s that look like HelseID's; never for a signature.
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    out.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    out
}

/// Whether both are equal, in a time that does not tell where they differ.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// A number of a private key, big-endian; wiped on drop.
pub(super) type Secret = Zeroizing<Vec<u8>>;

/// The numbers of a public key, big-endian, under the names of RFC 7518 section 6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicNumbers {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// `y` is empty for Ed25519.
    Curve {
        x: Vec<u8>,
        y: Vec<u8>,
    },
}

/// The numbers of a private key, under the same names.
#[derive(Clone)]
pub(super) enum PrivateNumbers {
    Rsa { d: Secret, p: Secret, q: Secret, dp: Secret, dq: Secret, qi: Secret },
    Curve { d: Secret },
}

/// The backend refused; it never says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// A public key, parsed once for each algorithm that it is used with.
pub(super) enum PublicKey {
    Rsa(Box<RsaPublicKey>),
    /// Each curve has one algorithm.
    Curve(Algorithm, ParsedPublicKey),
}

pub(super) struct RsaPublicKey {
    components: RsaPublicKeyComponents<Vec<u8>>,
    parsed: [OnceLock<Option<ParsedPublicKey>>; 6],
}

impl PublicKey {
    /// Parses the numbers and checks that they are a key. The caller has checked their lengths.
    pub(super) fn new(key_type: KeyType, numbers: &PublicNumbers) -> Result<Self, Refused> {
        match numbers {
            PublicNumbers::Rsa { n, e } if key_type == KeyType::Rsa => {
                if !is_odd(n) || !is_sound_exponent(e) {
                    return Err(Refused);
                }
                let components = RsaPublicKeyComponents { n: n.clone(), e: e.clone() };
                Ok(Self::Rsa(Box::new(RsaPublicKey { components, parsed: Default::default() })))
            }
            PublicNumbers::Curve { x, y } => {
                let parsed = ParsedPublicKey::new(curve(key_type).ok_or(Refused)?.0, encoded(key_type, x, y));
                Ok(Self::Curve(key_type.preferred_algorithm(), parsed.map_err(|_| Refused)?))
            }
            PublicNumbers::Rsa { .. } => Err(Refused),
        }
    }

    /// Checks `signature` over `message`.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Refused> {
        let key = match self {
            Self::Rsa(key) => {
                let (place, parameters, _) = rsa(algorithm).ok_or(Refused)?;
                let place = key.parsed.get(place).ok_or(Refused)?;
                place.get_or_init(|| key.components.to_parsed_public_key(parameters).ok()).as_ref()
            }
            Self::Curve(own, key) => Some(key).filter(|_| *own == algorithm),
        };
        key.ok_or(Refused)?.verify_sig(message, signature).map_err(|_| Refused)
    }
}

/// A private key, parsed once.
pub(super) enum PrivateKey {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl PrivateKey {
    /// Parses the numbers and checks that both halves belong together.
    pub(super) fn new(
        key_type: KeyType,
        public: &PublicNumbers,
        private: &PrivateNumbers,
    ) -> Result<Self, Refused> {
        match (public, private) {
            (PublicNumbers::Rsa { n, e }, PrivateNumbers::Rsa { d, p, q, dp, dq, qi }) => {
                let pair = RsaKeyPair::from_components(&KeyPairComponents {
                    public_key: RsaPublicKeyComponents { n, e },
                    d: d.as_slice(),
                    p: p.as_slice(),
                    q: q.as_slice(),
                    dP: dp.as_slice(),
                    dQ: dq.as_slice(),
                    qInv: qi.as_slice(),
                });
                pair.map(|pair| Self::Rsa(Box::new(pair))).map_err(|_| Refused)
            }
            (PublicNumbers::Curve { x, y }, PrivateNumbers::Curve { d }) => {
                if let Some(algorithm) = curve(key_type).ok_or(Refused)?.1 {
                    let point = encoded(key_type, x, y);
                    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, d, &point);
                    pair.map(|pair| Self::Ecdsa(Box::new(pair))).map_err(|_| Refused)
                } else {
                    let pair = Ed25519KeyPair::from_seed_and_public_key(d, x);
                    pair.map(|pair| Self::Ed25519(Box::new(pair))).map_err(|_| Refused)
                }
            }
            _ => Err(Refused),
        }
    }

    /// The signature over `message` as JWS has it. The caller has seen to it that `algorithm` is one of the key's.
    pub(super) fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, Refused> {
        let random = rand::SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let (_, _, encoding) = rsa(algorithm).ok_or(Refused)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).map_err(|_| Refused)?;
                Ok(signature)
            }
            Self::Ecdsa(pair) => {
                pair.sign(&random, message).map(|made| made.as_ref().to_vec()).map_err(|_| Refused)
            }
            Self::Ed25519(pair) => {
                pair.try_sign(message).map(|made| made.as_ref().to_vec()).map_err(|_| Refused)
            }
        }
    }
}

/// Makes the numbers of a new RSA key of 2048, 3072 or 4096 bits.
pub(super) fn generate_rsa(bits: u16) -> Result<(PublicNumbers, PrivateNumbers), Refused> {
    let size = match bits {
        2048 => KeySize::Rsa2048,
        3072 => KeySize::Rsa3072,
        4096 => KeySize::Rsa4096,
        _ => return Err(Refused),
    };
    let document = RsaKeyPair::generate(size).and_then(|pair| pair.as_der()).map_err(|_| Refused)?;
    let outer = pkcs8::PrivateKeyInfoRef::from_der(document.as_ref()).map_err(|_| Refused)?;
    let key = pkcs1::RsaPrivateKeyRef::from_der(outer.private_key.as_bytes()).map_err(|_| Refused)?;
    Ok(rsa_numbers(&key))
}

/// The numbers of an RSA key in PKCS#1.
pub(super) fn rsa_numbers(key: &pkcs1::RsaPrivateKeyRef<'_>) -> (PublicNumbers, PrivateNumbers) {
    let secret = |number: pkcs8::der::asn1::UintRef<'_>| Zeroizing::new(number.as_bytes().to_vec());
    (
        PublicNumbers::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() },
        PrivateNumbers::Rsa {
            d: secret(key.private_exponent),
            p: secret(key.prime1),
            q: secret(key.prime2),
            dp: secret(key.exponent1),
            dq: secret(key.exponent2),
            qi: secret(key.coefficient),
        },
    )
}

/// The public numbers that belong to `d`; `sec1` is the same key in SEC1, which Ed25519 has not.
#[cfg(feature = "format")]
pub(super) fn public_of(key_type: KeyType, d: &Secret, sec1: &[u8]) -> Result<PublicNumbers, Refused> {
    let point = match curve(key_type).ok_or(Refused)?.1 {
        Some(algorithm) => {
            let pair = EcdsaKeyPair::from_private_key_der(algorithm, sec1).map_err(|_| Refused)?;
            pair.public_key().as_ref().to_vec()
        }
        None => {
            let pair = Ed25519KeyPair::from_seed_unchecked(d).map_err(|_| Refused)?;
            return Ok(PublicNumbers::Curve { x: pair.public_key().as_ref().to_vec(), y: Vec::new() });
        }
    };
    let (_form, point) = point.split_first().ok_or(Refused)?;
    let (x, y) = point.split_at(point.len() / 2);
    Ok(PublicNumbers::Curve { x: x.to_vec(), y: y.to_vec() })
}

/// Makes the numbers of a new key on a curve.
pub(super) fn generate_on_curve(key_type: KeyType) -> Result<(PublicNumbers, PrivateNumbers), Refused> {
    let (x, y, d) = if let Some(algorithm) = curve(key_type).ok_or(Refused)?.1 {
        let pair = EcdsaKeyPair::generate(algorithm).map_err(|_| Refused)?;
        let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(|_| Refused)?;
        let (_form, point) = pair.public_key().as_ref().split_first().ok_or(Refused)?;
        let (x, y) = point.split_at(point.len() / 2);
        (x.to_vec(), y.to_vec(), d.as_ref().to_vec())
    } else {
        let pair = Ed25519KeyPair::generate().map_err(|_| Refused)?;
        let seed = pair.seed().and_then(|seed| seed.as_be_bytes()).map_err(|_| Refused)?;
        (pair.public_key().as_ref().to_vec(), Vec::new(), seed.as_ref().to_vec())
    };
    Ok((PublicNumbers::Curve { x, y }, PrivateNumbers::Curve { d: Zeroizing::new(d) }))
}

/// For an RSA algorithm its place among the six, and how the backend verifies and signs with it.
fn rsa(algorithm: Algorithm) -> Option<(usize, &'static RsaParameters, &'static RsaSignatureEncoding)> {
    match algorithm {
        Algorithm::RS256 => Some((0, &signature::RSA_PKCS1_2048_8192_SHA256, &signature::RSA_PKCS1_SHA256)),
        Algorithm::RS384 => Some((1, &signature::RSA_PKCS1_2048_8192_SHA384, &signature::RSA_PKCS1_SHA384)),
        Algorithm::RS512 => Some((2, &signature::RSA_PKCS1_2048_8192_SHA512, &signature::RSA_PKCS1_SHA512)),
        Algorithm::PS256 => Some((3, &signature::RSA_PSS_2048_8192_SHA256, &signature::RSA_PSS_SHA256)),
        Algorithm::PS384 => Some((4, &signature::RSA_PSS_2048_8192_SHA384, &signature::RSA_PSS_SHA384)),
        Algorithm::PS512 => Some((5, &signature::RSA_PSS_2048_8192_SHA512, &signature::RSA_PSS_SHA512)),
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 | Algorithm::EdDSA => None,
    }
}

type Curve = (&'static dyn VerificationAlgorithm, Option<&'static EcdsaSigningAlgorithm>);

/// How the backend verifies on a curve, and how it signs there if that is ECDSA.
fn curve(key_type: KeyType) -> Option<Curve> {
    match key_type {
        KeyType::Rsa => None,
        KeyType::P256 => {
            Some((&signature::ECDSA_P256_SHA256_FIXED, Some(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)))
        }
        KeyType::P384 => {
            Some((&signature::ECDSA_P384_SHA384_FIXED, Some(&signature::ECDSA_P384_SHA384_FIXED_SIGNING)))
        }
        KeyType::P521 => {
            Some((&signature::ECDSA_P521_SHA512_FIXED, Some(&signature::ECDSA_P521_SHA512_FIXED_SIGNING)))
        }
        KeyType::Ed25519 => Some((&signature::ED25519, None)),
    }
}

/// The point as the backend reads it: uncompressed (SEC 1 section 2.3.3), for Ed25519 as it is.
pub(super) fn encoded(key_type: KeyType, x: &[u8], y: &[u8]) -> Vec<u8> {
    match key_type {
        KeyType::Ed25519 => x.to_vec(),
        _ => [&[4], x, y].concat(),
    }
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}

/// Odd, at least 3, at most 33 bits: what the backend takes, and what keeps verification cheap.
fn is_sound_exponent(e: &[u8]) -> bool {
    let value = e.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    e.len() <= 5 && is_odd(e) && (3..1 << 33).contains(&value)
}

#[cfg(test)]
mod tests;
