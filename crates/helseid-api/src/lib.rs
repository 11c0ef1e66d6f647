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
//!   process, so a proof may be used once more right after a restart, within its few seconds.
//! - A refusal is 400, 401, 403 or 503 with the challenges of RFC 6750 and RFC 9449; why it was refused stands in the
//!   response's extensions as a [`Rejection`], and as a `tracing` event without secrets.

mod builder;
mod extract;
mod keys;
mod layer;
mod rejection;
mod replay;
mod verifier;

pub use builder::{ApiProtection, ApiProtectionBuilder, InvalidProtection};
pub use keys::{Found, KeySource, KeysUnavailable};
pub use layer::{ProtectionLayer, ProtectionService};
pub use rejection::Rejection;
pub use replay::{Claim, Claimed, MemoryReplayGuard, ReplayGuard};

pub use helseid_protocol as protocol;
pub use helseid_protocol::resource::{AudienceRule, Caller as CallerClaims, Scheme};

pub use extract::Caller;
