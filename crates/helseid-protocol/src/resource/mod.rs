//! The line that an API runs, free of any web framework:
//! `Credentials -> PresentedToken -> VerifiedToken -> BoundToken -> Caller`.
//!
//! Each is a type that only the step before can make. Between the steps the API looks up the issuer's key, and claims
//! the proof's id as used; this crate does neither.
//!
//! ```text
//! Credentials::read(headers)              api.authorization  api.scheme
//!   .token(policy)                        token.form  token.typ  token.alg  token.iss
//!   .check(key, policy, now)              token.kid  token.signature  token.claims  token.aud  api.single_audience
//!                                         token.exp  token.nbf
//!   .bind(request)                        api.bound_token | token.cnf  api.proof  dpop.*
//!   .admit(first use)                     dpop.jti_once
//!   Caller::require_scopes_all, …         api.scope  api.tenancy  api.organisation  api.claims
//!   Caller::require_person, …             api.person  api.security_level  api.hpr_number  api.attestation
//!                                         api.attestation_age  api.same_person
//! ```
//!
//! A token that passed is kept as a [`CachedToken`], with which [`Credentials::again`] takes the place of `token` and
//! `check`; all from `bind` on is done for each request.

mod attestation_age;
mod bind;
mod cached;
mod caller;
mod credentials;
mod hash;
mod look;
mod person;
mod require_person;
mod token;

use std::time::Duration;

use http::StatusCode;

pub use attestation_age::AttestationAge;
pub use bind::{BoundToken, Request};
pub use cached::CachedToken;
pub use caller::Caller;
pub use credentials::{Credentials, MAX_AUTHORIZATION_BYTES};
pub use hash::TokenHash;
pub use look::breaches;
pub use person::CallingPerson;
pub use require_person::{ExpectedPerson, Moment};
pub use token::{PresentedToken, VerifiedToken};

use crate::challenge::Challenge;
use crate::endpoint::token::TokenType;
use crate::id::{Audience, Issuer};
use crate::rule::{ErrorCode, Fault, Switches};
use crate::time;

/// Which tokens an API takes.
///
/// ```
/// use helseid_protocol::resource::Scheme;
///
/// assert_eq!(Scheme::default(), Scheme::Dpop);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scheme {
    /// Bound tokens with a proof, and nothing else.
    #[default]
    Dpop,
    /// Unbound tokens as Bearer, and nothing else.
    Bearer,
    /// Both, while clients move to DPoP. A bound token is never taken as Bearer.
    Transition,
}

/// Whether the API must be the token's only audience.
///
/// ```
/// use helseid_protocol::resource::AudienceRule;
///
/// assert_eq!(AudienceRule::default(), AudienceRule::Alone);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AudienceRule {
    /// It must, as HelseID asks.
    #[default]
    Alone,
    /// It may be one of several.
    AmongOthers,
}

/// How old a proof may be at an API: 10 s.
pub const PROOF_WINDOW: Duration = Duration::from_secs(10);

/// What an API demands of a token and its proof.
///
/// ```
/// use helseid_protocol::id::{Audience, Issuer};
/// use helseid_protocol::resource::{Policy, Scheme};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::parse("https://helseid-sts.nhn.no")?;
/// let policy = Policy::new(issuer, Audience::parse("nhn:my-api")?);
/// assert_eq!(policy.scheme, Scheme::Dpop);
/// // While its clients move from Bearer, it takes both, and names both when no token comes.
/// let moving = Policy { scheme: Scheme::Transition, ..policy };
/// assert_eq!(moving.challenges(None).len(), 2);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    /// Whose tokens it takes: one issuer's, or several's such as test and production.
    pub issuers: Vec<Issuer>,
    /// Its own names, of which a token must be for one.
    pub audiences: Vec<Audience>,
    /// Whether that must be the token's only one.
    pub audience_rule: AudienceRule,
    /// Bound tokens, unbound ones, or both.
    pub scheme: Scheme,
    /// Which algorithms tokens and proofs may have, and what becomes of another than the key's own.
    pub switches: Switches,
    /// How old a proof may be: 10 s.
    pub proof_window: Duration,
    /// How far clocks may differ.
    pub tolerance: Duration,
}

impl Policy {
    /// What HelseID asks of an API: DPoP, alone in `aud`, its nine algorithms, proofs of the last 10 s.
    #[must_use]
    pub fn new(issuer: Issuer, audience: Audience) -> Self {
        Self {
            issuers: vec![issuer],
            audiences: vec![audience],
            audience_rule: AudienceRule::Alone,
            scheme: Scheme::Dpop,
            switches: Switches::HELSEID,
            proof_window: PROOF_WINDOW,
            tolerance: time::TOLERANCE,
        }
    }

    /// The challenges of an answer; with `fault` for credentials that came, without for none (RFC 6750 section 3.1).
    #[must_use]
    pub fn challenges(&self, fault: Option<&Fault>) -> Vec<Challenge> {
        let bare: &[TokenType] = match self.scheme {
            Scheme::Dpop => &[TokenType::Dpop],
            Scheme::Bearer => &[TokenType::Bearer],
            Scheme::Transition => &[TokenType::Dpop, TokenType::Bearer],
        };
        let challenge = |scheme: TokenType| {
            let challenge = match fault {
                Some(fault) => Challenge::new(scheme).with_fault(fault),
                None => Challenge::new(scheme),
            };
            match scheme {
                TokenType::Dpop => challenge.with_algorithms(self.switches.algorithms),
                TokenType::Bearer => challenge,
            }
        };
        bare.iter().copied().map(challenge).collect()
    }
}

impl Scheme {
    /// As flags and configuration write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpop => "dpop",
            Self::Bearer => "bearer",
            Self::Transition => "transition",
        }
    }
}

impl std::str::FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Dpop, Self::Bearer, Self::Transition]
            .into_iter()
            .find(|scheme| scheme.name() == text)
            .ok_or_else(|| format!("expected dpop, bearer or transition, got {text:?}"))
    }
}

/// The status of an API's refusal (RFC 6750 section 3.1, RFC 9449 section 7.1, RFC 9470 section 3).
#[must_use]
pub const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidToken
        | ErrorCode::InvalidDpopProof
        | ErrorCode::UseDpopNonce
        | ErrorCode::InsufficientUserAuthentication => StatusCode::UNAUTHORIZED,
        // Another token of the same kind would not do: it takes another attestation.
        ErrorCode::InsufficientScope | ErrorCode::AttestationHasExpired => StatusCode::FORBIDDEN,
        ErrorCode::InvalidRequest
        | ErrorCode::InvalidClient
        | ErrorCode::UnauthorizedClient
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::InvalidScope
        | ErrorCode::InvalidTarget
        | ErrorCode::InvalidAuthorizationDetails
        | ErrorCode::InvalidClientMetadata
        | ErrorCode::InvalidGrant
        | ErrorCode::InvalidRequestObject
        | ErrorCode::InvalidRequestUri
        | ErrorCode::RequestUriNotSupported
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::UnsupportedTokenType
        | ErrorCode::AccessDenied
        | ErrorCode::TemporarilyUnavailable
        | ErrorCode::LoginRequired
        | ErrorCode::UnmetAuthenticationRequirements => StatusCode::BAD_REQUEST,
    }
}

#[cfg(test)]
mod tests;
