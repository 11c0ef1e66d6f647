//! Protects an API: lets in callers with a valid HelseID token, and tells the others why not.
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
//! - Every check of RFC 9449 section 4.3 and of HelseID's page on access tokens, each by its rule.
//! - Of any number of equal proofs at once exactly one passes: see [`ReplayGuard`]. The guard in memory forgets with the
//!   process, so a proof may be used once more right after a restart, within its few seconds; the one in Redis (feature
//!   `redis`) is for replicas.
//! - A route asks for scopes, a security level, a tenancy, an organisation, or whatever the claims can tell:
//!   [`ProtectionLayer`], [`scoped_caller!`], [`Claims`].
//! - A refusal is 400, 401, 403 or 503 with the challenges of RFC 6750, RFC 9449 and RFC 9470; why it was refused stands in
//!   the response's extensions as a [`Rejection`], in a `tracing` event without secrets, and in a count (feature `metrics`).
//! - Tokens and keys of proofs that came before cost less: [`ApiProtectionBuilder::remember`].
//! - The feature `test-util` mints valid and broken requests for your tests: `test_util`.
//!
//! Set `TCP_NODELAY` on the connections that you accept: `axum::serve` does not, and small answers then wait for
//! acknowledgements.

mod address;
mod answer;
mod answering;
mod builder;
mod demand;
mod extract;
mod keys;
mod layer;
mod met;
mod metadata;
mod patience;
mod protection;
mod rejection;
mod replay;
mod seen;
mod soon;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod verifier;

pub use address::{ForwardedHeader, InvalidProxies, TrustedProxies};
pub use answer::{RefusalBody, Refused};
pub use answering::Answering;
pub use builder::{ApiProtectionBuilder, InvalidProtection};
pub use extract::{Caller, Claims};
#[doc(hidden)]
pub use extract::{Scoped, admitted_with, one_scope};
pub use keys::{Found, KeySource, KeysUnavailable};
pub use layer::{AnswerBody, ProtectionLayer, ProtectionService};
pub use metadata::ResourceMetadata;
pub use protection::ApiProtection;
pub use rejection::{Rejection, Unavailable};
pub use replay::{Claim, Claimed, MemoryReplayGuard, ProofUse, ReplayGuard};
#[cfg(feature = "redis")]
pub use replay::{InvalidRedis, RedisReplayGuard, WhileAway};
pub use soon::Soon;

pub use helseid_http::Outbound;
pub use helseid_protocol as protocol;
pub use helseid_protocol::claims::{ClientTenancy, SecurityLevel};
pub use helseid_protocol::resource::{AudienceRule, Caller as CallerClaims, Scheme};
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
