//! Keys that have the right form and protect nothing: RSA moduli that can be factored, and keys whose private half is
//! published.
//!
//! A modulus is looked at once, where a key is parsed ([`VerifyKey::new`](super::VerifyKey::new)), so that no such key is
//! registered, imported, or used for a check. Plain arithmetic on public numbers; nothing here needs the crypto backend.

mod factors;
mod published;
mod roca;

pub(super) use published::by_thumbprint;

use super::crypto::PublicNumbers;
use super::jwk::{InvalidJwk, PublicJwk};

/// Where the private half of `key` is published, as far as that is known here: an RFC, a debugger's or a sample's example.
#[must_use]
pub fn published_in(key: &PublicJwk) -> Option<&'static str> {
    by_thumbprint(&key.thumbprint())
}

/// Refuses numbers whose private half can be computed from them.
pub(super) fn require_strong(numbers: &PublicNumbers) -> Result<(), InvalidJwk> {
    let PublicNumbers::Rsa { n, .. } = numbers else { return Ok(()) };
    if roca::has_fingerprint(n) {
        return Err(InvalidJwk::Roca);
    }
    factors::smallest_found(n).map_or(Ok(()), |factor| Err(InvalidJwk::Factor(factor)))
}

#[cfg(test)]
mod tests;
