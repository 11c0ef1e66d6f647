//! Why a key will not do.

/// Why a JSON object is not a key that will do. Never repeats key material.
///
/// ```
/// use helseid_protocol::jose::{InvalidJwk, PublicJwk};
///
/// let read = PublicJwk::read(br#"{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"#);
/// assert!(matches!(read, Err(InvalidJwk::Missing("y"))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidJwk {
    /// Not a strict JSON object.
    #[error("{0}")]
    Json(#[from] crate::jose::json::InvalidJson),
    /// More bytes of JSON than are registered.
    #[error("it has more than {0} bytes")]
    TooLong(usize),
    /// A member is missing.
    #[error("the member {0} is missing")]
    Missing(&'static str),
    /// A member is not of the right form.
    #[error("the member {0} is not {1}")]
    Member(&'static str, &'static str),
    /// A symmetric key.
    #[error("it is a symmetric key (kty oct), and only RSA and EC keys are supported")]
    Symmetric,
    /// A kind of key that is not known here.
    #[error("its kty and crv are not RSA, or EC with P-256, P-384 or P-521, or OKP with Ed25519")]
    UnknownType,
    /// A private member where only a public key may stand.
    #[error(
        "it holds the private member {0}; send the public key only, and replace this key if it left its machine"
    )]
    Private(&'static str),
    /// `alg` is none of the key's.
    #[error("its alg does not fit its kty and crv")]
    Algorithm,
    /// `use` or `key_ops` forbid signatures.
    #[error("its use or key_ops is not for signatures")]
    Use,
    /// RSA outside 2048 to 8192 bits.
    #[error("it is an RSA key of {0} bits, and 2048 to 8192 are supported")]
    Size(usize),
    /// An RSA modulus of the library of CVE-2017-15361, from which the private key can be computed.
    #[error(
        "it is a ROCA key (CVE-2017-15361): anyone can compute the private key, so make a new key elsewhere"
    )]
    Roca,
    /// An RSA modulus with a small factor, which gives the private key away.
    #[error("{0} divides its RSA modulus: anyone can compute the private key, so make a new key")]
    Factor(u16),
    /// The numbers are no key: off the curve, an even modulus, a bad exponent, halves that do not belong together.
    #[error("its numbers are not a valid key")]
    Numbers,
}
