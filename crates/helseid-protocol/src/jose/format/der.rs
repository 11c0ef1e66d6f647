//! Private and public keys in DER: PKCS#8, PKCS#1, SEC1 and SPKI.

use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::{Decode as _, Encode as _, Tag, Tagged as _};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::{SecretBytes, UnreadableKey, asn1};
use crate::jose::KeyType;
use crate::jose::crypto::{self, PrivateNumbers, PublicNumbers, Secret};
use crate::jose::jwk::{PrivateJwk, PublicJwk};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const CURVES: [(KeyType, ObjectIdentifier); 3] = [
    (KeyType::P256, ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7")),
    (KeyType::P384, ObjectIdentifier::new_unwrap("1.3.132.0.34")),
    (KeyType::P521, ObjectIdentifier::new_unwrap("1.3.132.0.35")),
];

/// The structures that hold a private key.
///
/// ```
/// use helseid_protocol::jose::format::{DerForm, UnreadableKey, private_from_der, private_to_der};
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// for form in [DerForm::Pkcs8, DerForm::OfItsKind] {
///     let read = private_from_der(&private_to_der(&key, form)?)?;
///     assert_eq!(read.public().thumbprint(), key.public().thumbprint());
/// }
/// # Ok::<(), UnreadableKey>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DerForm {
    /// PKCS#8 (RFC 5958), for every kind of key.
    Pkcs8,
    /// The kind's own: PKCS#1 for RSA (RFC 8017 appendix A.1.2), SEC1 for EC (RFC 5915).
    OfItsKind,
}

/// Reads a private key from PKCS#8, PKCS#1 or SEC1. Does not check that its halves belong together.
pub fn private_from_der(der: &[u8]) -> Result<PrivateJwk, UnreadableKey> {
    if let Ok(info) = PrivateKeyInfoRef::from_der(der) {
        return from_pkcs8(&info);
    }
    if let Ok(key) = pkcs1::RsaPrivateKeyRef::from_der(der) {
        return from_pkcs1(&key);
    }
    if let Ok(key) = sec1::EcPrivateKey::from_der(der) {
        let curve = key.parameters.and_then(|parameters| parameters.named_curve());
        return from_sec1(&key, curve.ok_or(UnreadableKey::UnknownKind)?);
    }
    if has_explicit_curve(der) {
        return Err(UnreadableKey::ExplicitCurve);
    }
    if SubjectPublicKeyInfoRef::from_der(der).is_ok() {
        return Err(UnreadableKey::NoPrivateKey("a public key"));
    }
    if x509_cert::Certificate::from_der(der).is_ok() {
        return Err(UnreadableKey::NoPrivateKey("a certificate"));
    }
    Err(UnreadableKey::Malformed("DER of PKCS#8, PKCS#1 or SEC1"))
}

fn from_pkcs8(info: &PrivateKeyInfoRef<'_>) -> Result<PrivateJwk, UnreadableKey> {
    let content = info.private_key.as_bytes();
    match info.algorithm.oid {
        RSA | RSA_PSS => {
            let key = pkcs1::RsaPrivateKeyRef::from_der(content);
            from_pkcs1(&key.map_err(|_| UnreadableKey::Malformed("PKCS#8"))?)
        }
        EC => {
            let curve = named_curve(info.algorithm)?;
            let key = sec1::EcPrivateKey::from_der(content);
            from_sec1(&key.map_err(|_| UnreadableKey::Malformed("PKCS#8"))?, curve)
        }
        ED25519 => {
            let seed =
                <&OctetStringRef>::from_der(content).map_err(|_| UnreadableKey::Malformed("PKCS#8"))?;
            on_curve(KeyType::Ed25519, seed.as_bytes())
        }
        _ => Err(UnreadableKey::UnknownKind),
    }
}

/// The curve by its name; the other way of RFC 3279, its numbers, is not taken.
fn named_curve(algorithm: AlgorithmIdentifierRef<'_>) -> Result<ObjectIdentifier, UnreadableKey> {
    match algorithm.parameters {
        Some(parameters) if parameters.tag() == Tag::Sequence => Err(UnreadableKey::ExplicitCurve),
        Some(parameters) => parameters.decode_as().map_err(|_| UnreadableKey::UnknownKind),
        None => Err(UnreadableKey::UnknownKind),
    }
}

/// Whether it is SEC1 with a curve in numbers, which the reader of SEC1 does not know.
fn has_explicit_curve(der: &[u8]) -> bool {
    let members = asn1::sequence(der).unwrap_or_default();
    let [version, number, parameters, ..] = members.as_slice() else { return false };
    let curve = asn1::tagged(*parameters, 0);
    asn1::number(*version) == Some(1)
        && asn1::octets(*number).is_some()
        && curve.is_some_and(|curve| curve.tag() == Tag::Sequence)
}

fn from_pkcs1(key: &pkcs1::RsaPrivateKeyRef<'_>) -> Result<PrivateJwk, UnreadableKey> {
    if key.other_prime_infos.is_some() {
        return Err(UnreadableKey::ManyPrimes);
    }
    let (public, private) = crypto::rsa_numbers(key);
    Ok(PrivateJwk::from_numbers(KeyType::Rsa, &public, private)?)
}

fn from_sec1(key: &sec1::EcPrivateKey<'_>, curve: ObjectIdentifier) -> Result<PrivateJwk, UnreadableKey> {
    let (key_type, _) =
        CURVES.into_iter().find(|(_, own)| *own == curve).ok_or(UnreadableKey::UnknownKind)?;
    on_curve(key_type, key.private_key)
}

/// The key of this private number; the public half is computed, whatever the file says of it.
fn on_curve(key_type: KeyType, number: &[u8]) -> Result<PrivateJwk, UnreadableKey> {
    let length = key_type.coordinate_bytes().ok_or(UnreadableKey::UnknownKind)?;
    // RFC 5915 section 3 sets the length; some writers leave leading zero bytes out.
    let missing = length.checked_sub(number.len()).ok_or(UnreadableKey::Malformed("SEC1"))?;
    let mut d: Secret = Zeroizing::new(Vec::with_capacity(length));
    d.resize(missing, 0);
    d.extend_from_slice(number);
    let public = crypto::public_of(key_type, &d, &sec1_der(key_type, &d, None)?)
        .map_err(|_| crate::jose::InvalidJwk::Numbers)?;
    Ok(PrivateJwk::from_numbers(key_type, &public, PrivateNumbers::Curve { d })?)
}

/// Writes a private key. `kid`, `alg` and the like have no place in DER.
pub fn private_to_der(key: &PrivateJwk, form: DerForm) -> Result<SecretBytes, UnreadableKey> {
    let key_type = key.public().key_type();
    let inner = match (key.public().numbers(), key.numbers()) {
        (PublicNumbers::Rsa { n, e }, private @ PrivateNumbers::Rsa { .. }) => pkcs1_der(n, e, private)?,
        (PublicNumbers::Curve { x, y }, PrivateNumbers::Curve { d }) => match key_type {
            KeyType::Ed25519 if form == DerForm::OfItsKind => return Err(UnreadableKey::UnknownKind),
            KeyType::Ed25519 => written(&OctetStringRef::new(d).map_err(unwritable)?)?,
            _ => sec1_der(key_type, d, Some(&crypto::encoded(key_type, x, y)))?,
        },
        _ => return Err(UnreadableKey::UnknownKind),
    };
    if form == DerForm::OfItsKind {
        return Ok(inner);
    }
    let content = OctetStringRef::new(&inner).map_err(unwritable)?;
    written(&PrivateKeyInfoRef::new(algorithm(key_type), content))
}

/// Reads a public key from SPKI, or RSA's own PKCS#1.
pub fn public_from_der(der: &[u8]) -> Result<PublicJwk, UnreadableKey> {
    if let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) {
        return from_spki(&info);
    }
    match pkcs1::RsaPublicKeyRef::from_der(der) {
        Ok(key) => rsa_public(&key),
        Err(_) => Err(UnreadableKey::Malformed("DER of SPKI or PKCS#1")),
    }
}

pub(super) fn from_spki(info: &SubjectPublicKeyInfoRef<'_>) -> Result<PublicJwk, UnreadableKey> {
    let malformed = || UnreadableKey::Malformed("SPKI");
    let content = info.subject_public_key.as_bytes().ok_or_else(malformed)?;
    let key_type = match info.algorithm.oid {
        RSA | RSA_PSS => {
            return rsa_public(&pkcs1::RsaPublicKeyRef::from_der(content).map_err(|_| malformed())?);
        }
        ED25519 => KeyType::Ed25519,
        EC => {
            let curve = named_curve(info.algorithm)?;
            let own = CURVES.into_iter().find(|(_, own)| *own == curve);
            own.ok_or(UnreadableKey::UnknownKind)?.0
        }
        _ => return Err(UnreadableKey::UnknownKind),
    };
    let (x, y) = match (key_type, content.split_first()) {
        (KeyType::Ed25519, _) => (content, [].as_slice()),
        (_, Some((4, point))) => point.split_at(point.len() / 2),
        _ => return Err(UnreadableKey::Malformed("SPKI with an uncompressed point")),
    };
    let numbers = PublicNumbers::Curve { x: x.to_vec(), y: y.to_vec() };
    Ok(PublicJwk::from_numbers(key_type, None, &numbers)?)
}

fn rsa_public(key: &pkcs1::RsaPublicKeyRef<'_>) -> Result<PublicJwk, UnreadableKey> {
    let numbers =
        PublicNumbers::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() };
    Ok(PublicJwk::from_numbers(KeyType::Rsa, None, &numbers)?)
}

/// Writes a public key as SPKI (RFC 5280 section 4.1).
pub fn public_to_der(key: &PublicJwk) -> Result<Vec<u8>, UnreadableKey> {
    let content = match key.numbers() {
        PublicNumbers::Rsa { n, e } => {
            let (modulus, public_exponent) = (uint(n)?, uint(e)?);
            pkcs1::RsaPublicKeyRef { modulus, public_exponent }.to_der().map_err(unwritable)?
        }
        PublicNumbers::Curve { x, y } => crypto::encoded(key.key_type(), x, y),
    };
    let info = SubjectPublicKeyInfoRef {
        algorithm: algorithm(key.key_type()),
        subject_public_key: BitStringRef::from_bytes(&content).map_err(unwritable)?,
    };
    info.to_der().map_err(unwritable)
}

fn pkcs1_der(n: &[u8], e: &[u8], private: &PrivateNumbers) -> Result<SecretBytes, UnreadableKey> {
    let PrivateNumbers::Rsa { d, p, q, dp, dq, qi } = private else { return Err(UnreadableKey::UnknownKind) };
    written(&pkcs1::RsaPrivateKeyRef {
        modulus: uint(n)?,
        public_exponent: uint(e)?,
        private_exponent: uint(d)?,
        prime1: uint(p)?,
        prime2: uint(q)?,
        exponent1: uint(dp)?,
        exponent2: uint(dq)?,
        coefficient: uint(qi)?,
        other_prime_infos: None,
    })
}

fn sec1_der(key_type: KeyType, d: &[u8], point: Option<&[u8]>) -> Result<SecretBytes, UnreadableKey> {
    let curve = CURVES.into_iter().find(|(own, _)| *own == key_type);
    let parameters = curve.map(|(_, curve)| sec1::EcParameters::NamedCurve(curve));
    written(&sec1::EcPrivateKey { private_key: d, parameters, public_key: point })
}

/// `id-ecPublicKey` names the curve; RSA has NULL parameters (RFC 3279), Ed25519 none (RFC 8410).
fn algorithm(key_type: KeyType) -> AlgorithmIdentifierRef<'static> {
    let curve = CURVES.iter().find(|(own, _)| *own == key_type);
    match (key_type, curve) {
        (_, Some((_, curve))) => AlgorithmIdentifierRef { oid: EC, parameters: Some(AnyRef::from(curve)) },
        (KeyType::Ed25519, _) => AlgorithmIdentifierRef { oid: ED25519, parameters: None },
        _ => AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) },
    }
}

fn uint(bytes: &[u8]) -> Result<UintRef<'_>, UnreadableKey> {
    UintRef::new(bytes).map_err(unwritable)
}

/// To DER with room for all from the start: bytes that grow leave copies behind.
fn written(content: &impl pkcs8::der::Encode) -> Result<SecretBytes, UnreadableKey> {
    let length = content.encoded_len().and_then(usize::try_from).map_err(unwritable)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    content.encode_to_vec(&mut bytes).map_err(unwritable)?;
    Ok(bytes)
}

/// Nothing that was read as a key is too long for DER.
pub(super) fn unwritable(_: pkcs8::der::Error) -> UnreadableKey {
    UnreadableKey::Malformed("a key for DER")
}
