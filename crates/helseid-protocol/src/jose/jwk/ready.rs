//! Keys ready for use, parsed once.

use std::fmt;

use super::{InvalidJwk, PrivateJwk, PublicJwk};
use crate::id::{KeyId, Thumbprint};
use crate::jose::crypto::{PrivateKey, PublicKey};
use crate::jose::weak;
use crate::jose::{Algorithm, KeyType};

/// The signature is not by that key.
///
/// ```
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, VerifyKey};
///
/// let key = VerifyKey::new(PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).public().clone())?;
/// let checked = key.verify(Algorithm::ES256, b"a message", &[0; 64]);
/// assert!(checked.is_err(), "it is BadSignature, which says no more");
/// # Ok::<(), helseid_protocol::jose::InvalidJwk>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature by another key, or of other content")]
pub struct BadSignature;

/// A public key, parsed and found to be one.
///
/// ```
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, VerifyKey};
///
/// let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let key = VerifyKey::new(key.public().clone())?;
/// assert!(key.fits(Algorithm::ES256) && !key.fits(Algorithm::PS256));
/// # Ok::<(), helseid_protocol::jose::InvalidJwk>(())
/// ```
pub struct VerifyKey {
    jwk: PublicJwk,
    thumbprint: Thumbprint,
    published: Option<&'static str>,
    key: PublicKey,
}

impl VerifyKey {
    /// Parses the numbers and checks that they are a key: on the curve, RSA of 2048 to 8192 bits with a sound exponent
    /// and a modulus that cannot be factored by its fingerprint or a small prime.
    pub fn new(jwk: PublicJwk) -> Result<Self, InvalidJwk> {
        let key = PublicKey::new(jwk.key_type(), jwk.numbers()).map_err(|_| InvalidJwk::Numbers)?;
        weak::require_strong(jwk.numbers())?;
        let thumbprint = jwk.thumbprint();
        let published = weak::by_thumbprint(&thumbprint);
        Ok(Self { jwk, thumbprint, published, key })
    }

    /// The document.
    #[must_use]
    pub const fn jwk(&self) -> &PublicJwk {
        &self.jwk
    }

    /// `kid`.
    #[must_use]
    pub const fn key_id(&self) -> Option<&KeyId> {
        self.jwk.key_id()
    }

    /// `alg`, where the key names one.
    #[must_use]
    pub const fn declared_algorithm(&self) -> Option<Algorithm> {
        self.jwk.algorithm()
    }

    /// Whether `algorithm` takes keys of this kind and curve, whatever the key's own `alg`.
    #[must_use]
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        algorithm.key_type() == self.jwk.key_type()
    }

    /// RFC 7638.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Where the private half is published, as far as that is known: see [`weak::published_in`].
    #[must_use]
    pub const fn published_in(&self) -> Option<&'static str> {
        self.published
    }

    /// Checks `signature` over `message`. An algorithm of another kind of key never verifies.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.key.verify(algorithm, message, signature).map_err(|_| BadSignature)
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("VerifyKey").field("jwk", &self.jwk).finish_non_exhaustive()
    }
}

/// A private key, parsed and bound to the one algorithm that it signs with.
///
/// ```
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey};
///
/// let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let signature = key.sign(b"a message");
/// let public = VerifyKey::new(key.public().clone())?;
/// assert!(public.verify(Algorithm::ES256, b"a message", &signature).is_ok());
/// # Ok::<(), helseid_protocol::jose::InvalidJwk>(())
/// ```
pub struct SigningKey {
    algorithm: Algorithm,
    public: PublicJwk,
    key: PrivateKey,
}

impl SigningKey {
    /// Parses the numbers and checks that both halves belong together. Signs with the key's `alg`, else with the
    /// preferred algorithm of its kind.
    pub fn new(jwk: &PrivateJwk) -> Result<Self, InvalidJwk> {
        let public = VerifyKey::new(jwk.public().clone())?;
        let algorithm =
            public.declared_algorithm().unwrap_or_else(|| public.jwk.key_type().preferred_algorithm());
        let key = PrivateKey::new(public.jwk.key_type(), public.jwk.numbers(), jwk.numbers())
            .map_err(|_| InvalidJwk::Numbers)?;
        // The backend does not ask whether an RSA key's factors are primes; a trial tells. On a curve it compares both halves.
        if public.jwk.key_type() == KeyType::Rsa {
            let trial = key.sign(algorithm, b"trial").map_err(|_| InvalidJwk::Numbers)?;
            public.verify(algorithm, b"trial", &trial).map_err(|_| InvalidJwk::Numbers)?;
        }
        Ok(Self { algorithm, public: public.jwk, key })
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// The signature over `message`, as JWS has it: for ECDSA both numbers at fixed length (RFC 7518 section 3.4).
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a key whose halves belong together fails only without randomness or memory"
    )]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(self.algorithm, message).expect("the backend signs")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("SigningKey");
        shown.field("algorithm", &self.algorithm).field("public", &self.public).finish_non_exhaustive()
    }
}
