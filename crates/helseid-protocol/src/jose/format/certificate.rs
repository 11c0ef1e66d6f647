//! X.509 certificates (RFC 5280): their public key, and how a JWK names them (RFC 7517 section 4.7 to 4.9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pkcs8::der::asn1::Uint;
use pkcs8::der::{Decode as _, Encode as _};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use rcgen::{CertificateParams, DnType, KeyUsagePurpose, PublicKeyData, SignatureAlgorithm};
use serde_json::Value;

use super::UnreadableKey;
use super::der::{from_spki, public_to_der};
use crate::jose::jwk::{PrivateJwk, PublicJwk, SigningKey};
use crate::jose::{Algorithm, KeyType, base64url, crypto};
use crate::time::Timestamp;

/// A certificate. Neither its dates nor its signature are checked.
///
/// ```
/// use helseid_protocol::jose::format::{Certificate, UnreadableKey};
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
/// use helseid_protocol::time::Timestamp;
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let now = Timestamp::from_seconds(1_790_000_000);
/// let made = Certificate::self_signed(&key, "My journal", now)?;
/// // What you hand to a party that asks for a certificate.
/// let read = Certificate::from_der(made.der())?;
/// assert_eq!(read.public_key()?.thumbprint(), key.public().thumbprint());
/// assert_eq!(read.not_after().days_after(now), 5 * 365);
/// # Ok::<(), UnreadableKey>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// SPKI, in DER.
    public_key: Vec<u8>,
    not_after: Timestamp,
}

impl Certificate {
    /// Reads one from DER.
    pub fn from_der(der: &[u8]) -> Result<Self, UnreadableKey> {
        let malformed = |_| UnreadableKey::Malformed("X.509");
        let certificate = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let public_key =
            certificate.tbs_certificate().subject_public_key_info().to_der().map_err(malformed)?;
        let not_after = certificate.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
        let not_after = Timestamp::from_seconds(i64::try_from(not_after).unwrap_or(i64::MAX));
        Ok(Self { der: der.to_vec(), public_key, not_after })
    }

    /// Makes one for `key` with this common name, signed by the key itself, that holds for five years from `now`.
    pub fn self_signed(key: &PrivateJwk, common_name: &str, now: Timestamp) -> Result<Self, UnreadableKey> {
        let unwritable = |_| UnreadableKey::Malformed("a key for X.509");
        // Every reader of certificates knows PKCS#1 signatures, few know PSS.
        let for_certificates = match key.public().key_type() {
            KeyType::Rsa => Algorithm::RS256,
            other => other.preferred_algorithm(),
        };
        let public = key.public().clone().with_algorithm(for_certificates)?;
        let signer = Signer {
            key: SigningKey::new(&key.clone().map_public(|_| public))?,
            spki: public_to_der(key.public())?,
        };
        let day = |seconds: i64| time::OffsetDateTime::from_unix_timestamp(seconds);
        let now = now.seconds();
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, common_name);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.not_before = day(now).map_err(|_| UnreadableKey::Malformed("a date for X.509"))?;
        parameters.not_after = day(now.saturating_add(5 * 365 * 86_400))
            .map_err(|_| UnreadableKey::Malformed("a date for X.509"))?;
        let certificate = parameters.self_signed(&signer).map_err(unwritable)?;
        Self::from_der(certificate.der())
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// When it ends: `notAfter`.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The certificate of a key that was read from one: the first in `x5c`.
    #[must_use]
    pub fn of(key: &PublicJwk) -> Option<Self> {
        let text = key.members().get("x5c")?.as_array()?.first()?.as_str()?;
        Self::from_der(&STANDARD.decode(text).ok()?).ok()
    }

    /// As PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        ::pem::encode_config(&::pem::Pem::new("CERTIFICATE", self.der.as_slice()), config())
    }

    /// Its public key, with `x5c`, `x5t` and `x5t#S256`.
    pub fn public_key(&self) -> Result<PublicJwk, UnreadableKey> {
        let spki = SubjectPublicKeyInfoRef::from_der(&self.public_key);
        let key = from_spki(&spki.map_err(|_| UnreadableKey::Malformed("X.509"))?)?;
        Ok(self.named_in(key, &[]))
    }

    /// SHA-1 over the bytes, as key stores name a certificate.
    #[must_use]
    pub fn sha1_thumbprint(&self) -> [u8; 20] {
        crypto::sha1(&self.der)
    }

    /// `key` with `x5t` alone, as HelseID publishes its keys.
    #[must_use]
    pub fn thumbprint_in(&self, key: PublicJwk) -> PublicJwk {
        key.with_member("x5t", base64url::encode(&self.sha1_thumbprint()).into())
    }

    /// `key` with the members that name this certificate and those behind it.
    fn named_in(&self, key: PublicJwk, chain: &[Self]) -> PublicJwk {
        let chain = std::iter::once(self).chain(chain);
        let chain: Vec<Value> = chain.map(|certificate| STANDARD.encode(&certificate.der).into()).collect();
        let sha256 = crypto::sha256(&self.der);
        key.with_member("x5c", Value::Array(chain))
            .with_member("x5t", base64url::encode(&self.sha1_thumbprint()).into())
            .with_member("x5t#S256", base64url::encode(&sha256).into())
    }
}

/// `key`, with `x5c` and its thumbprints if one of `certificates` is of the same key.
pub(super) fn attached(key: PrivateJwk, certificates: &[Certificate]) -> PrivateJwk {
    let own = key.public().thumbprint();
    let is_own =
        |certificate: &Certificate| certificate.public_key().is_ok_and(|public| public.thumbprint() == own);
    let Some(place) = certificates.iter().position(is_own) else { return key };
    let (before, from) = certificates.split_at(place);
    let Some((leaf, after)) = from.split_first() else { return key };
    let others = [before, after].concat();
    key.map_public(|public| leaf.named_in(public, &others))
}

/// Lets the certificate library sign with our key.
struct Signer {
    key: SigningKey,
    spki: Vec<u8>,
}

impl PublicKeyData for Signer {
    fn der_bytes(&self) -> &[u8] {
        let spki = SubjectPublicKeyInfoRef::from_der(&self.spki);
        spki.ok().and_then(|spki| spki.subject_public_key.as_bytes()).unwrap_or_default()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.key.public().key_type() {
            KeyType::Rsa => &rcgen::PKCS_RSA_SHA256,
            KeyType::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyType::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyType::P521 => &rcgen::PKCS_ECDSA_P521_SHA512,
            KeyType::Ed25519 => &rcgen::PKCS_ED25519,
        }
    }
}

impl rcgen::SigningKey for Signer {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.key.sign(message);
        match self.key.public().key_type() {
            KeyType::Rsa | KeyType::Ed25519 => Ok(signature),
            KeyType::P256 | KeyType::P384 | KeyType::P521 => {
                in_der(&signature).map_err(|_| rcgen::Error::RemoteKeyError)
            }
        }
    }
}

/// An ECDSA signature as certificates have it (RFC 3279 section 2.2.3): both numbers in a SEQUENCE.
fn in_der(signature: &[u8]) -> pkcs8::der::Result<Vec<u8>> {
    let (r, s) = signature.split_at(signature.len() / 2);
    vec![Uint::new(r)?, Uint::new(s)?].to_der()
}

/// When a key that was read from a file ends, as far as the file says: its JWK's `exp` or its certificate's `notAfter`,
/// whichever comes first. HelseID looks at neither: there a key ends when its registration does.
#[must_use]
pub fn expiry(key: &PublicJwk) -> Option<Timestamp> {
    let named = key.members().get("exp").and_then(serde_json::Value::as_i64).map(Timestamp::from_seconds);
    let of_certificate = Certificate::of(key).map(|certificate| certificate.not_after());
    named.into_iter().chain(of_certificate).min()
}

/// How lines of PEM end.
pub(super) fn config() -> ::pem::EncodeConfig {
    ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF)
}
