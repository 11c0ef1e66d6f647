//! Keys and signatures: JWA, JWK and compact JWS (RFC 7515, 7517, 7518, 7638, 8037).
//!
//! A thin layer over `aws-lc-rs`, which [`crypto`] alone names. It stays our own, since no library has all ten algorithms, keys
//! that are parsed once, a backend that is not the process's, and readers this strict (docs/decisions/0001-own-jws-layer.md).

pub mod algorithm;
pub mod base64url;
pub mod crypto;
#[cfg(feature = "format")]
pub mod format;
pub mod json;
pub mod jwk;
pub mod jws;
pub(crate) mod random;
pub mod weak;

pub use algorithm::{Algorithm, AlgorithmSet, KeyType};
pub use jwk::{InvalidJwk, JwkSet, PrivateJwk, PublicJwk, RsaSize, SigningKey, VerifyKey};

#[cfg(test)]
mod tests;
