//! Protects an API: admits callers with a valid HelseID token, and tells the others why they are refused.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use helseid_api::{ApiProtection, Caller};
//!
//! async fn patients(caller: Caller) -> String {
//!     format!("hello, {:?}", caller.claims().client_id())
//! }
//!
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
//!     .public_url("https://api.example")
//!     .build()?;
//! let router: Router = Router::new()
//!     .route("/patients", get(patients))
//!     .layer(protection.require_scopes_all(["nhn:my-api/read"])?);
//! # Ok(()) }
//! ```
//!
//! `Credentials -> VerifyKey -> VerifiedToken -> BoundToken (DPoP) -> replay -> Caller (scope) -> handler`
//!
//! - Every check of RFC 9449 section 4.3 and of HelseID's page on access tokens is made, each as a rule with an id.
//! - Of any number of identical proofs at the same time, at most one is accepted: see [`ReplayGuard`]. The guard in memory ends with
//!   the process, so a proof can be used again right after a restart, within its few seconds. The guard in Redis (feature
//!   `redis`) is for replicas.
//! - A route can require scopes, a security level, a tenancy, an organisation, or anything else that the claims say:
//!   [`ProtectionLayer`], [`scoped_caller!`], [`Claims`].
//! - The person who calls is typed ([`Person`]), with a number that does not print itself. Routes can require a level, health
//!   personnel, an attestation ([`AtLevel`], [`HealthWorker`], [`Attested`]) or one particular person
//!   ([`Caller::require_same_person`]).
//! - A program without a tower service verifies requests from their parts: [`RequestVerifier`].
//! - A refusal is 400, 401, 403 or 503 with the challenges of RFC 6750, RFC 9449 and RFC 9470. Its reason is in the
//!   response's extensions as a [`Rejection`], in a `tracing` event without secrets, and in a count (feature `metrics`). A handler
//!   that takes a caller on a route without the layer is never run: the response is 500 ([`Rejection::Unprotected`]).
//! - Verified tokens and proof keys are cached, and cost less the next time: [`ApiProtectionBuilder::remember`].
//! - The feature `test-util` creates valid requests for your tests, from machines and from persons, and breaks one named property of
//!   each: `test_util`.
//! - [`protocol`] re-exports the types of `helseid-protocol` that the functions of this crate take and return, and what creates their
//!   values. Depend on `helseid-protocol` for anything else.
//!
//! Set `TCP_NODELAY` on the connections that you accept: `axum::serve` does not, and small responses then wait for
//! acknowledgements.

mod address;
mod admission_filter;
mod answering;
mod builder;
mod extract;
mod facts;
mod keys;
mod layer;
mod maybe_ready;
mod metadata;
mod pipeline;
mod protection;
pub mod protocol;
mod refused;
mod rejection;
mod replay;
mod requirement;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod verified_cache;
mod verifier;
mod wait_mode;

pub use address::{ForwardedHeader, InvalidProxies, TrustedProxies};
pub use answering::{AnswerBody, Answering};
pub use builder::{ApiProtectionBuilder, InvalidProtection};
pub use extract::{AtLevel, Attested, Caller, CallerToken, Claims, HealthWorker, Person};
#[doc(hidden)]
pub use extract::{Scoped, admitted_with, one_scope};
pub use facts::RequestFacts;
pub use keys::{Found, KeySource, KeysUnavailable};
pub use layer::{ProtectionLayer, ProtectionService};
pub use maybe_ready::MaybeReady;
pub use metadata::ResourceMetadata;
pub use protection::ApiProtection;
pub use refused::Refused;
pub use rejection::{RefusalBody, Rejection, Unavailable};
pub use replay::{Claim, Claimed, MemoryReplayGuard, ProofUse, ReplayGuard};
#[cfg(feature = "redis")]
pub use replay::{InvalidRedis, RedisReplayGuard, WhileAway};
pub use verifier::{RequestVerifier, Verified};

pub use helseid_http::Outbound;
pub use helseid_protocol::claims::{ClientTenancy, SecurityLevel};
pub use helseid_protocol::resource::{
    AttestationAge, AudienceRule, Caller as CallerClaims, CallingPerson, ExpectedPerson, Scheme,
};
pub use helseid_protocol::rule::Profile;

/// The guide's programs compile, and its assertions hold.
#[cfg(all(doctest, feature = "test-util"))]
#[doc = include_str!("../../../docs/guides/protect-an-api.md")]
mod guide {}

/// What the macro names.
#[doc(hidden)]
pub mod axum_extract {
    pub use axum::extract::FromRequestParts;
    pub use http::request::Parts;
}
