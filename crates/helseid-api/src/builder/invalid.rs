//! Why a protection cannot be built.

use std::time::Duration;

use helseid_protocol::rule::Profile;

/// Why a protection cannot be built.
///
/// ```
/// use helseid_api::{ApiProtection, InvalidProtection};
///
/// let by_http = ApiProtection::builder("http://sts.example", "nhn:my-api").public_url("https://api.example");
/// assert!(matches!(by_http.build(), Err(InvalidProtection::Issuer(name, _)) if name == "http://sts.example"));
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProtection {
    /// The issuer is not an https URL, nor http to loopback or to a named host.
    #[error("the issuer {0:?} is invalid: {1}")]
    Issuer(String, String),
    /// The audience is not an identifier.
    #[error("the audience {0:?} is invalid: {1}")]
    Audience(String, String),
    /// The public address is invalid.
    #[error("the public address {0:?} is invalid: {1}")]
    PublicUrl(String, String),
    /// A scope for the metadata is invalid.
    #[error("the supported scopes are invalid: {0}")]
    Scope(String),
    /// Unbound tokens, which the profile does not allow (FAPI 2.0 Security Profile section 5.3.4).
    #[error("profile {0} accepts bound tokens only, and the scheme is {1}: choose dpop, or another profile")]
    Scheme(Profile, &'static str),
    /// The tolerance is longer than a proof may be old.
    #[error("the tolerance is {0:?}: expected at most 5 minutes")]
    Tolerance(Duration),
    /// The issuer's keys would be too old before they are fetched again.
    #[error(
        "the issuer's keys are to serve for {0:?}: expected at least 20 minutes, as they are fetched every 10"
    )]
    KeyAge(Duration),
    /// The HTTP client for the issuer cannot be created.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Outbound(String),
}
