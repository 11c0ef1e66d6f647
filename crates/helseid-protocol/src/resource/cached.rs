//! A token that was found good once, so that its signature need not be checked each time it comes.

use std::sync::Arc;

use super::TokenHash;
use crate::claims::AccessTokenClaims;
use crate::id::{Issuer, KeyId};
use crate::jose::{Algorithm, VerifyKey};
use crate::rule::{Rule, Trail};

/// What is kept of a token that passed every check on itself; by the policy of one API, and of no use to another.
///
/// Not the text: whoever reads this memory has no token.
///
/// ```
/// use helseid_protocol::key_cache::IssuerKeys;
/// use helseid_protocol::resource::{CachedToken, Credentials, Policy, VerifiedToken};
/// # use helseid_protocol::{rule::{Fault, Trail}, time::Timestamp};
///
/// /// The token that came, if it is the one that was kept and its issuer still has the key.
/// fn known<'a>(
///     sent: Credentials<'a>, kept: &CachedToken, keys: &IssuerKeys, policy: &Policy, now: Timestamp, trail: &mut Trail,
/// ) -> Result<Option<VerifiedToken<'a>>, Fault> {
///     let key = kept.kid().and_then(|kid| keys.find(kid, kept.algorithm()));
///     key.map_or(Ok(None), |key| sent.again(kept, key, policy, now, trail))
/// }
/// ```
#[derive(Debug)]
pub struct CachedToken {
    hash: TokenHash,
    issuer: Issuer,
    key: Arc<VerifyKey>,
    algorithm: Algorithm,
    claims: Arc<AccessTokenClaims>,
}

/// What was found to hold then and cannot change: times are looked at each time.
const HELD: [Rule; 9] = [
    Rule::TokenForm,
    Rule::TokenTyp,
    Rule::TokenAlg,
    Rule::TokenKid,
    Rule::TokenSignature,
    Rule::TokenIss,
    Rule::TokenClaims,
    Rule::TokenAud,
    Rule::ApiSingleAudience,
];

impl CachedToken {
    pub(super) const fn new(
        hash: TokenHash,
        issuer: Issuer,
        key: Arc<VerifyKey>,
        algorithm: Algorithm,
        claims: Arc<AccessTokenClaims>,
    ) -> Self {
        Self { hash, issuer, key, algorithm, claims }
    }

    /// Whose it is.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The name of the key that it was checked with.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.key.key_id()
    }

    /// The algorithm that it was checked with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its claims, if `hash` is its own and `key` the very key of then: a newer set has newer keys.
    pub(super) fn claims_of(
        &self,
        hash: &TokenHash,
        key: &Arc<VerifyKey>,
        trail: &mut Trail,
    ) -> Option<Arc<AccessTokenClaims>> {
        if self.hash != *hash || !Arc::ptr_eq(&self.key, key) {
            return None;
        }
        HELD.into_iter().for_each(|rule| trail.holds(rule));
        Some(self.claims.clone())
    }
}
