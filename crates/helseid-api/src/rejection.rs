//! Why a request was refused.

use std::fmt;

use helseid_protocol::resource::status;
use helseid_protocol::rule::{Fault, Rule};
use http::StatusCode;

/// Why a request was refused. It is in the extensions of the response.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// # let client = issuer.client("nhn:my-api");
/// # let request = client.request(&http::Method::GET, "https://api.example/patients");
/// # let request = request.broken(helseid_api::test_util::Broken::ProofWithoutAth).build(axum::body::Body::empty());
/// use axum::{Router, routing::get};
/// use helseid_api::Rejection;
/// use tower::ServiceExt as _;
///
/// let app = Router::new().route("/patients", get("all of them")).layer(protection.layer());
/// let answer = app.oneshot(request).await?;
/// // For the program's own log: the response itself tells its caller.
/// let why = answer.extensions().get::<Rejection>().map(Rejection::reason);
/// assert_eq!(why, Some("dpop.ath"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Rejection {
    /// The request has no `Authorization` header.
    NoCredentials,
    /// A rule was broken.
    Fault(Fault),
    /// The request cannot be verified at the moment, and may be right.
    Unavailable(Unavailable),
    /// A handler asks for the caller, and its route has no layer of this crate: a mistake of the service.
    Unprotected,
}

/// Why a request cannot be verified at the moment.
///
/// ```
/// use helseid_api::{Rejection, Unavailable};
///
/// /// Whether somebody must be woken.
/// fn is_an_outage(rejection: &Rejection) -> bool {
///     matches!(rejection, Rejection::Unavailable(Unavailable::Keys(_) | Unavailable::ReplayAway))
/// }
/// assert!(is_an_outage(&Rejection::Unavailable(Unavailable::ReplayAway)));
/// assert!(!is_an_outage(&Rejection::NoCredentials));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// The issuer's keys are not available; the reason is for the log alone.
    Keys(String),
    /// The replay guard is full.
    ReplayFull,
    /// The replay guard is out of reach, or was restarted and may have forgotten used proofs.
    ReplayAway,
    /// The replay guard may have forgotten used proofs too early, because a clock was moved.
    ReplayForgotten,
}

/// What the body of a refusal holds.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_api::{ApiProtection, RefusalBody, RequestFacts};
///
/// let protection = ApiProtection::builder("https://sts.example", "nhn:my-api")
///     .public_url("https://api.example")
///     .refusal_body(RefusalBody::Problem)
///     .build()?;
/// let none = http::HeaderMap::new();
/// let refused = protection.verifier().verify(RequestFacts::new(&http::Method::GET, "/", &none)).await;
/// let answer = refused.err().ok_or("nobody was refused")?.into_inner();
/// assert_eq!(answer.headers()["Content-Type"], "application/problem+json");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefusalBody {
    /// Nothing: the challenge says everything.
    #[default]
    Empty,
    /// A problem of RFC 9457, with the rule and how to fix its breach.
    Problem,
}

impl Rejection {
    /// The broken rule, if one was.
    #[must_use]
    pub const fn rule(&self) -> Option<Rule> {
        match self {
            Self::Fault(fault) => Some(fault.rule()),
            Self::NoCredentials | Self::Unavailable(_) | Self::Unprotected => None,
        }
    }

    /// The reason as one word, as in metrics: the rule's id, `no_credentials`, `keys_unavailable`, `replay_full`,
    /// `replay_away`, `replay_forgotten` or `unprotected`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.rule().id(),
            Self::NoCredentials => "no_credentials",
            Self::Unavailable(Unavailable::Keys(_)) => "keys_unavailable",
            Self::Unavailable(Unavailable::ReplayFull) => "replay_full",
            Self::Unavailable(Unavailable::ReplayAway) => "replay_away",
            Self::Unavailable(Unavailable::ReplayForgotten) => "replay_forgotten",
            Self::Unprotected => "unprotected",
        }
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials => StatusCode::UNAUTHORIZED,
            Self::Fault(fault) => status(fault.code()),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unprotected => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials => out.write_str("the request has no credentials"),
            Self::Fault(fault) => fault.fmt(out),
            Self::Unavailable(what) => what.fmt(out),
            Self::Unprotected => out.write_str("the route has no protection"),
        }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(why) => write!(out, "the issuer's keys are not available: {why}"),
            Self::ReplayFull => out.write_str("the memory of used proofs is full"),
            Self::ReplayAway => out.write_str("the memory of used proofs is out of reach or was restarted"),
            Self::ReplayForgotten => {
                out.write_str("a used proof may have been forgotten too early: a clock was moved")
            }
        }
    }
}
