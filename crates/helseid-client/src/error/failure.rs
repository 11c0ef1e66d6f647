//! The error, and what programs can ask it.

use std::fmt;
use std::time::Duration;

use helseid_http::{FetchError, HttpError};
use helseid_protocol::endpoint::token::{OAuthError, Unavailable, UnreadableAnswer};
use http::StatusCode;

use super::kind::ErrorKind;
use super::sign_error::SignError;

/// Why there is no token, or no response. Cheap to clone, since everyone who waited for one request gets its failure.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// match client.get("https://api.example/patients").send().await {
///     Ok(answer) => println!("{}", answer.status()),
///     Err(error) if error.is_transient() => println!("again, in {:?}", error.retry_after()),
///     // Three lines: what failed, why, and what to do next.
///     Err(error) => eprintln!("{error}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
pub(crate) enum Inner {
    Configuration { what: String, why: String, next: String },
    Key { what: String, why: String },
    Discovery(FetchError),
    EndpointMissing { issuer: String, name: &'static str },
    EndpointInvalid { issuer: String, name: &'static str, address: String, why: String },
    Transport(HttpError),
    OAuth { endpoint: String, status: StatusCode, error: OAuthError },
    Unavailable { endpoint: String, status: StatusCode, answer: Unavailable },
    Answer { endpoint: String, why: UnreadableAnswer },
    NonceLoop { endpoint: String },
    NonceMissing { endpoint: String },
    BodyConsumed { url: String, challenge: &'static str },
    InsecureApi { url: String },
    InvalidUrl { url: String, why: String },
    InvalidRequest { why: String },
    Signer(SignError),
    SignerMissing,
    CircuitOpen { issuer: String, seconds: u64 },
    BudgetSpent { issuer: String, seconds: u64 },
    Rotation { what: String, why: String, next: String },
}

impl Error {
    pub(crate) fn configuration(
        what: impl fmt::Display,
        why: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Inner::Configuration { what: what.to_string(), why: why.to_string(), next: next.to_string() }.into()
    }

    pub(super) const fn inner(&self) -> &Inner {
        &self.0
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match *self.0 {
            Inner::Configuration { .. } => ErrorKind::Configuration,
            Inner::Key { .. } | Inner::Signer(_) | Inner::SignerMissing => ErrorKind::Key,
            Inner::Discovery(_) | Inner::EndpointMissing { .. } | Inner::EndpointInvalid { .. } => {
                ErrorKind::Discovery
            }
            Inner::Transport(_) | Inner::CircuitOpen { .. } | Inner::BudgetSpent { .. } => {
                ErrorKind::Transport
            }
            Inner::Rotation { .. } => ErrorKind::Rotation,
            Inner::OAuth { .. } => ErrorKind::OAuth,
            Inner::Unavailable { .. } => ErrorKind::Unavailable,
            Inner::Answer { .. } | Inner::NonceLoop { .. } | Inner::NonceMissing { .. } => {
                ErrorKind::Protocol
            }
            Inner::InsecureApi { .. } | Inner::InvalidUrl { .. } | Inner::InvalidRequest { .. } => {
                ErrorKind::Request
            }
            Inner::BodyConsumed { .. } => ErrorKind::BodyConsumed,
        }
    }

    /// The status and the OAuth error of the authority's response, where it refused, or said why it is unavailable.
    #[must_use]
    pub const fn oauth(&self) -> Option<(StatusCode, &OAuthError)> {
        match &*self.0 {
            Inner::OAuth { status, error, .. }
            | Inner::Unavailable { status, answer: Unavailable { error: Some(error), .. }, .. } => {
                Some((*status, error))
            }
            _ => None,
        }
    }

    /// How long to wait before another attempt, where that is known: the authority said so (RFC 9110 section 10.2.3), the circuit
    /// breaker is open, or the [`RequestBudget`](crate::RequestBudget) is spent.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match &*self.0 {
            Inner::Unavailable { answer, .. } => answer.retry_after,
            Inner::CircuitOpen { seconds, .. } | Inner::BudgetSpent { seconds, .. } => {
                Some(Duration::from_secs(*seconds))
            }
            _ => None,
        }
    }

    /// Whether nothing was sent because the [`RequestBudget`](crate::RequestBudget) is spent, so that it says nothing of the authority.
    #[must_use]
    pub const fn is_of_budget(&self) -> bool {
        matches!(*self.0, Inner::BudgetSpent { .. })
    }

    /// Whether another attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Inner::Transport(error) | Inner::Discovery(FetchError::Http(error)) => error.is_transient(),
            Inner::Discovery(FetchError::Status { status, .. }) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Inner::Signer(why) => why.is_transient(),
            Inner::Unavailable { .. }
            | Inner::CircuitOpen { .. }
            | Inner::BudgetSpent { .. }
            | Inner::BodyConsumed { .. } => true,
            _ => false,
        }
    }

    /// Whether the last attempt provably sent nothing: no connection was opened, or the request could not be made. Of a request
    /// that is sent only once ([`AuthorityRequest::once`](crate::AuthorityRequest::once)), the code or refresh token can then
    /// still be used.
    #[must_use]
    pub const fn is_unsent(&self) -> bool {
        match &*self.0 {
            Inner::Transport(error) => error.is_unsent(),
            Inner::Configuration { .. }
            | Inner::Key { .. }
            | Inner::Discovery(_)
            | Inner::EndpointMissing { .. }
            | Inner::EndpointInvalid { .. }
            | Inner::InsecureApi { .. }
            | Inner::InvalidUrl { .. }
            | Inner::InvalidRequest { .. }
            | Inner::Signer(_)
            | Inner::SignerMissing
            | Inner::CircuitOpen { .. }
            | Inner::BudgetSpent { .. } => true,
            Inner::OAuth { .. }
            | Inner::Unavailable { .. }
            | Inner::Answer { .. }
            | Inner::NonceLoop { .. }
            | Inner::NonceMissing { .. }
            | Inner::BodyConsumed { .. }
            | Inner::Rotation { .. } => false,
        }
    }

    /// Whether the server asked for a nonce again right after it had issued one, or asked for one without issuing it.
    #[must_use]
    pub const fn is_about_nonce(&self) -> bool {
        matches!(
            *self.0,
            Inner::NonceLoop { .. }
                | Inner::NonceMissing { .. }
                | Inner::Answer { why: UnreadableAnswer::NonceMissing, .. }
        )
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Self(Box::new(inner))
    }
}

impl From<SignError> for Error {
    fn from(why: SignError) -> Self {
        Inner::Signer(why).into()
    }
}

impl From<FetchError> for Error {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Http(error) if error.is_about_settings() => error.into(),
            other => Inner::Discovery(other).into(),
        }
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        match error.is_about_settings() {
            true => Self::configuration(error.what(), &error, error.next()),
            false => Inner::Transport(error).into(),
        }
    }
}
