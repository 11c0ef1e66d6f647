//! The binding of a token to its sender (RFC 9449 section 7).

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};

use super::{Caller, Policy, VerifiedToken};
use crate::claims::AccessTokenClaims;
use crate::dpop::{
    BoundTo, CachedKeys, CachedProofKey, CheckedProof, Expectations, ExpectedNonce, FirstUse, PresentedProof,
    ReplayId, Target,
};
use crate::endpoint::token::TokenType;
use crate::id::Thumbprint;
use crate::jose::crypto::MacKey;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// The request that a token came with.
///
/// ```
/// use helseid_protocol::dpop::{CachedKeys, ExpectedNonce, InvalidTarget, Target};
/// use helseid_protocol::resource::Request;
/// use helseid_protocol::time::Timestamp;
///
/// # let headers = http::HeaderMap::new();
/// let request = Request {
///     method: &http::Method::GET,
///     targets: &[Target::parse("https://api.example/patients")?],
///     headers: &headers,
///     nonce: ExpectedNonce::None,
///     cached_keys: CachedKeys::NONE,
///     now: Timestamp::from_seconds(1_790_000_000),
/// };
/// // Neither the token nor the proof is shown.
/// assert!(!format!("{request:?}").contains("headers"));
/// # Ok::<(), InvalidTarget>(())
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a Method,
    /// The addresses that it may have been sent to, as its sender knows them; one must be the proof's.
    pub targets: &'a [Target],
    /// Its headers, of which `DPoP` alone is looked at.
    pub headers: &'a HeaderMap,
    /// Whether its proof must hold a nonce of ours.
    pub nonce: ExpectedNonce<'a>,
    /// Keys of earlier proofs, so that they need not be parsed again.
    pub cached_keys: CachedKeys<'a>,
    /// The time now.
    pub now: Timestamp,
}

/// Shows no headers, which hold the token and its proof.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Request");
        shown.field("method", self.method).field("targets", &self.targets).field("now", &self.now);
        shown.finish_non_exhaustive()
    }
}

/// A token whose sender has its key; or one that is bound to none, where that will do.
///
/// ```
/// use helseid_protocol::dpop::{FirstUse, ReplayId};
/// use helseid_protocol::jose::crypto::MacKey;
/// use helseid_protocol::resource::{BoundToken, Caller};
/// use helseid_protocol::rule::{Fault, Trail};
/// use helseid_protocol::time::Timestamp;
///
/// /// The last step. Without a proof, there is nothing to claim.
/// fn admit(
///     token: BoundToken, key: &MacKey, claim: impl Fn(ReplayId, Timestamp) -> FirstUse, trail: &mut Trail,
/// ) -> Result<Caller, Fault> {
///     let first_use = token.replay_id(key).map_or(FirstUse::Yes, |(id, until)| claim(id, until));
///     token.admit(first_use, trail)
/// }
/// ```
#[derive(Debug)]
pub struct BoundToken {
    claims: Arc<AccessTokenClaims>,
    token_type: TokenType,
    proof: Option<CheckedProof>,
}

impl VerifiedToken<'_> {
    /// Checks that the sender has the key that the token is bound to (RFC 9449 section 7).
    pub fn bind(self, request: Request<'_>, policy: &Policy, trail: &mut Trail) -> Result<BoundToken, Fault> {
        BoundToken::check(self, request, policy, trail)
    }

    /// The token as its bearer sent it, whether it is bound to a key or not; for the one endpoint of an issuer that lets that
    /// pass.
    pub(crate) fn into_bearers(self) -> BoundToken {
        BoundToken { claims: self.into_claims(), token_type: TokenType::Bearer, proof: None }
    }
}

impl BoundToken {
    pub(super) fn check(
        token: VerifiedToken<'_>,
        request: Request<'_>,
        policy: &Policy,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let token_type = token.credentials().presented_as();
        let bound_to = token.claims().bound_to();
        let proof = match token_type {
            TokenType::Bearer => {
                trail.require(Rule::ApiBoundToken, token_is_not_bound(bound_to))?;
                None
            }
            TokenType::Dpop => {
                let thumbprint = trail.require(Rule::TokenCnf, token_is_bound(bound_to))?;
                let proof = PresentedProof::read_known(request.headers, request.cached_keys, trail)?;
                let proof = proof.ok_or_else(|| Facts::missing("a DPoP header with a proof"));
                let proof = trail.require(Rule::ApiProof, proof)?;
                let hash = token.credentials().hash().to_ath();
                let expectations = Expectations {
                    method: request.method,
                    targets: request.targets,
                    nonce: request.nonce,
                    bound_to: Some(BoundTo { token_hash: &hash, thumbprint: thumbprint.as_str() }),
                    algorithms: policy.switches.algorithms,
                    other_algorithm: policy.switches.other_algorithm,
                    window: policy.proof_window,
                    tolerance: policy.tolerance,
                    now: request.now,
                };
                let proof = proof.check(expectations, trail)?;
                proof.require_secret_key(policy.switches.published_key, trail)?;
                Some(proof)
            }
        };
        Ok(Self { claims: token.into_claims(), token_type, proof })
    }

    /// Under which the proof is to be claimed as used, by a `key` of the API's own, and until when it must be
    /// remembered; nothing for a token without proof.
    #[must_use]
    pub fn replay_id(&self, key: &MacKey) -> Option<(ReplayId, Timestamp)> {
        self.proof.as_ref().map(|proof| (proof.replay_id(key), proof.remember_until()))
    }

    /// When the nonce in the proof was given out, if one was asked for.
    #[must_use]
    pub fn nonce_issued(&self) -> Option<Timestamp> {
        self.proof.as_ref().and_then(CheckedProof::nonce_issued)
    }

    /// The proof's key, for [`Request::cached_keys`].
    #[must_use]
    pub fn proof_key(&self) -> Option<&Arc<CachedProofKey>> {
        self.proof.as_ref().map(CheckedProof::key)
    }

    /// Lets the caller in, if its proof was used for the first time (RFC 9449 section 11.1).
    pub fn admit(self, first_use: FirstUse, trail: &mut Trail) -> Result<Caller, Fault> {
        if let Some(proof) = &self.proof {
            match first_use {
                FirstUse::Yes => trail.holds(Rule::DpopJtiOnce),
                FirstUse::No => return Err(proof.used_before()),
            }
        }
        Ok(Caller::new(self.claims, self.token_type))
    }
}

/// RFC 9449 section 7.2.
pub(super) fn token_is_not_bound(bound_to: Option<&Thumbprint>) -> Result<(), Facts> {
    match bound_to {
        None => Ok(()),
        Some(_) => Err(Facts::new("the scheme DPoP, since the token is bound to a key", "Bearer")),
    }
}

/// RFC 9449 section 6.1.
pub(super) fn token_is_bound(bound_to: Option<&Thumbprint>) -> Result<&Thumbprint, Facts> {
    bound_to.ok_or_else(|| Facts::new("a token with cnf.jkt", "a token that is bound to no key"))
}
