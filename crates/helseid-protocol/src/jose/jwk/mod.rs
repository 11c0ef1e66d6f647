//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037).
//!
//! [`PublicJwk`] and [`PrivateJwk`] are documents: read, kept and written. [`VerifyKey`] and
//! [`SigningKey`] are keys ready for use, parsed once.

mod invalid;
mod private;
mod public;
mod ready;
mod set;
mod write;

pub use invalid::InvalidJwk;
pub use private::{PrivateJwk, RsaSize};
pub use public::PublicJwk;
#[cfg(feature = "format")]
pub(in crate::jose) use public::says_nothing;
pub use ready::{BadSignature, SigningKey, VerifyKey};
pub use set::{JwkSet, MAX_KEYS};

#[cfg(test)]
mod tests;
