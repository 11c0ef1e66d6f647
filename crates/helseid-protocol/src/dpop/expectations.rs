//! What a proof is held against (RFC 9449 section 4.3).

use std::time::Duration;

use http::Method;

use super::{NonceKey, Target};
use crate::jose::AlgorithmSet;
use crate::rule::OtherAlgorithm;
use crate::time::Timestamp;

/// What a proof is held against.
///
/// ```
/// use helseid_protocol::dpop::{Expectations, ExpectedNonce, NONCE_LIFETIME, NonceKey, Target};
/// use helseid_protocol::rule::Switches;
/// use helseid_protocol::time::{TOLERANCE, Timestamp};
///
/// /// At a token endpoint.
/// fn expectations<'a>(endpoint: &'a [Target], nonces: &'a NonceKey, now: Timestamp) -> Expectations<'a> {
///     let Switches { algorithms, other_algorithm, .. } = Switches::HELSEID;
///     let (method, nonce, bound_to) = (&http::Method::POST, ExpectedNonce::Of(nonces), None);
///     let (targets, window, tolerance) = (endpoint, NONCE_LIFETIME, TOLERANCE);
///     Expectations { method, targets, nonce, bound_to, algorithms, other_algorithm, window, tolerance, now }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Expectations<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The addresses under which this endpoint is known; one must be the proof's.
    pub targets: &'a [Target],
    /// Whether a nonce of ours must be in it.
    pub nonce: ExpectedNonce<'a>,
    /// The access token that came along; none at the token endpoint.
    pub bound_to: Option<BoundTo<'a>>,
    /// The algorithms that are taken.
    pub algorithms: AlgorithmSet,
    /// What becomes of another algorithm than the one in the proof's `jwk`.
    pub other_algorithm: OtherAlgorithm,
    /// How old a proof may be.
    pub window: Duration,
    /// How far clocks may differ.
    pub tolerance: Duration,
    /// The time now.
    pub now: Timestamp,
}

/// Whether a proof must hold a nonce.
///
/// ```
/// use helseid_protocol::dpop::{ExpectedNonce, NonceKey};
///
/// /// By the settings of an API, which may ask for nonces.
/// fn expected(nonces: Option<&NonceKey>) -> ExpectedNonce<'_> {
///     nonces.map_or(ExpectedNonce::None, ExpectedNonce::Of)
/// }
/// assert!(matches!(expected(None), ExpectedNonce::None));
/// ```
#[derive(Debug, Clone, Copy)]
pub enum ExpectedNonce<'a> {
    /// It need not, and one that it holds is not looked at.
    None,
    /// It must hold one of this key.
    Of(&'a NonceKey),
}

/// What binds a proof to an access token.
///
/// ```
/// use helseid_protocol::claims::AccessTokenClaims;
/// use helseid_protocol::dpop::{BoundTo, token_hash};
///
/// /// What the proof beside a token is held against; nothing for a token that is bound to no key.
/// fn bound_to<'a>(claims: &'a AccessTokenClaims, token_hash: &'a str) -> Option<BoundTo<'a>> {
///     Some(BoundTo { token_hash, thumbprint: claims.bound_to()?.as_str() })
/// }
/// assert_eq!(token_hash("eyJhbGciOi...").len(), 43);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct BoundTo<'a> {
    /// The hash of the token: see [`token_hash`](super::token_hash).
    pub token_hash: &'a str,
    /// `cnf.jkt` of the token.
    pub thumbprint: &'a str,
}
