//! Keys ready for use, parsed once.

use super::{InvalidJwk, PrivateJwk, PublicJwk};
use crate::id::{KeyId, Thumbprint};
use crate::jose::Algorithm;
use crate::jose::jws::BadSignature;

/// A public key, parsed and found to be one.
#[derive(Debug)]
pub struct VerifyKey {
    jwk: PublicJwk,
    thumbprint: Thumbprint,
}

impl VerifyKey {
    /// Parses the numbers and checks that they are a key: on the curve, RSA of 2048 to 8192 bits with a sound exponent.
    pub fn new(jwk: PublicJwk) -> Result<Self, InvalidJwk> {
        let _ = jwk;
        todo!()
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

    /// RFC 7638.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Checks `signature` over `message`. An algorithm of another kind of key never verifies.
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let _ = (algorithm, message, signature);
        todo!()
    }
}

/// A private key, parsed and bound to the one algorithm that it signs with.
#[derive(Debug)]
pub struct SigningKey {
    algorithm: Algorithm,
    public: PublicJwk,
}

impl SigningKey {
    /// Parses the numbers and checks that both halves belong together. Signs with the key's `alg`, else with the
    /// preferred algorithm of its kind.
    pub fn new(jwk: &PrivateJwk) -> Result<Self, InvalidJwk> {
        let _ = jwk;
        todo!()
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
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let _ = message;
        todo!()
    }
}
