//! The key that a proof brings in `jwk` (RFC 9449 section 4.3 (3), (7)): read, found to be sound, or seen before.

use std::sync::Arc;

use super::CachedProofKey;
use crate::id::Thumbprint;
use crate::jose::jws::Header;
use crate::jose::{Algorithm, InvalidJwk, KeyType, PublicJwk, VerifyKey};
use crate::rule::Facts;

/// The largest RSA key that a proof may bring, in bits: larger ones cost the checker too much.
const MAX_RSA_BITS: usize = 4096;

/// The key of a proof: read, and not yet found to be sound; or one that was.
pub(super) enum Key {
    New(PublicJwk),
    Cached(Arc<CachedProofKey>),
}

impl Key {
    pub(super) fn key_type(&self) -> KeyType {
        match self {
            Self::New(jwk) => jwk.key_type(),
            Self::Cached(cached) => cached.key.jwk().key_type(),
        }
    }

    pub(super) fn other_algorithm(&self, algorithm: Algorithm) -> Option<Facts> {
        match self {
            Self::New(jwk) => key_alg_fits(jwk, algorithm).err(),
            // The header is the same text, so its algorithm is too.
            Self::Cached(cached) => cached.other_algorithm.clone(),
        }
    }

    pub(super) fn with_thumbprint<T>(&self, what: impl FnOnce(&Thumbprint) -> T) -> T {
        match self {
            Self::New(jwk) => what(&jwk.thumbprint()),
            Self::Cached(cached) => what(cached.thumbprint()),
        }
    }
}

/// (3), (7) `jwk` is there and holds a public key only. Its size is bounded before any arithmetic.
pub(super) fn jwk_is_a_public_key(header: &Header) -> Result<PublicJwk, Facts> {
    const EXPECTED: &str = "a public RSA or EC key in jwk";
    let members = header.jwk().ok_or_else(|| Facts::missing(EXPECTED))?;
    let jwk = PublicJwk::from_object(members.clone()).map_err(|why| unfit(EXPECTED, &why))?;
    if jwk.key_type() == KeyType::Rsa && jwk.bits() > MAX_RSA_BITS {
        return Err(Facts::new(
            format_args!("at most {MAX_RSA_BITS} bits"),
            format_args!("{} bits", jwk.bits()),
        ));
    }
    Ok(jwk)
}

/// The numbers of `jwk` are a key.
pub(super) fn jwk_is_a_sound_key(jwk: PublicJwk) -> Result<VerifyKey, Facts> {
    VerifyKey::new(jwk).map_err(|why| unfit("a valid key in jwk", &why))
}

fn unfit(expected: &str, why: &InvalidJwk) -> Facts {
    Facts::new(expected, format_args!("an invalid key: {why}"))
}

/// RFC 8725 section 3.1, RFC 7517 section 4.4.
fn key_alg_fits(jwk: &PublicJwk, algorithm: Algorithm) -> Result<(), Facts> {
    let expected = jwk.algorithm().unwrap_or_else(|| jwk.key_type().preferred_algorithm());
    let fits = jwk.key_type() == algorithm.key_type()
        && jwk.algorithm().is_none_or(|declared| declared == algorithm);
    if fits { Ok(()) } else { Err(Facts::new(expected, algorithm)) }
}
