//! What can go wrong, typed.

use std::fmt;
use std::time::Duration;

use helseid_http::{FetchError, HttpError, HttpErrorKind};
use helseid_protocol::endpoint::token::{OAuthError, Unavailable, UnreadableAnswer};
use helseid_protocol::secret::shown;
use http::StatusCode;

use crate::signer::SignError;

/// The kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is wrong or missing.
    Configuration,
    /// The private key cannot be read or used, or its signer failed.
    Key,
    /// A key could not be rotated; the old one is still there.
    Rotation,
    /// The issuer's metadata cannot be had.
    Discovery,
    /// No answer to a request.
    Transport,
    /// The authority refused: see [`Error::oauth`].
    OAuth,
    /// The authority can give no token now, whoever asks: a status of 500 to 599, or 429.
    Unavailable,
    /// The server broke the protocol.
    Protocol,
    /// The request is one that must not be sent: a token over http, an address that is none.
    Request,
}

/// Why there is no token, or no answer. Cheap to clone, since all who waited for one request get its failure.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
pub(crate) enum Inner {
    Configuration { what: String, why: String, next: String },
    Key { what: String, why: String },
    Discovery(FetchError),
    Transport(HttpError),
    OAuth { endpoint: String, status: StatusCode, error: OAuthError },
    Unavailable { endpoint: String, status: StatusCode, answer: Unavailable },
    Answer { endpoint: String, why: UnreadableAnswer },
    NonceLoop { endpoint: String },
    NonceMissing { endpoint: String },
    InsecureApi { url: String },
    InvalidUrl { url: String, why: String },
    InvalidRequest { why: String },
    Signer(SignError),
    SignerMissing,
    LeftInPeace { issuer: String, seconds: u64 },
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

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match *self.0 {
            Inner::Configuration { .. } => ErrorKind::Configuration,
            Inner::Key { .. } => ErrorKind::Key,
            Inner::Discovery(_) => ErrorKind::Discovery,
            Inner::Transport(_) | Inner::LeftInPeace { .. } => ErrorKind::Transport,
            Inner::Signer(_) | Inner::SignerMissing => ErrorKind::Key,
            Inner::Rotation { .. } => ErrorKind::Rotation,
            Inner::OAuth { .. } => ErrorKind::OAuth,
            Inner::Unavailable { .. } => ErrorKind::Unavailable,
            Inner::Answer { .. } | Inner::NonceLoop { .. } | Inner::NonceMissing { .. } => {
                ErrorKind::Protocol
            }
            Inner::InsecureApi { .. } | Inner::InvalidUrl { .. } | Inner::InvalidRequest { .. } => {
                ErrorKind::Request
            }
        }
    }

    /// The status and the error that the authority answered, where it refused, or said so that it can give no token now.
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

    /// How long the authority asked to wait before another try, where it did (RFC 9110 section 10.2.3).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match &*self.0 {
            Inner::Unavailable { answer, .. } => answer.retry_after,
            _ => None,
        }
    }

    /// Whether another try may well succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Inner::Transport(error) | Inner::Discovery(FetchError::Http(error)) => error.is_transient(),
            Inner::Discovery(FetchError::Status { status, .. }) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Inner::Signer(why) => why.is_transient(),
            Inner::Unavailable { .. } | Inner::LeftInPeace { .. } => true,
            _ => false,
        }
    }

    /// Whether the server asked for a nonce again right after it had given one, or for one that it did not give.
    #[must_use]
    pub const fn is_about_nonce(&self) -> bool {
        matches!(
            *self.0,
            Inner::NonceLoop { .. }
                | Inner::NonceMissing { .. }
                | Inner::Answer { why: UnreadableAnswer::NonceMissing, .. }
        )
    }

    /// What failed, in one line.
    #[must_use]
    pub fn what(&self) -> String {
        match &*self.0 {
            Inner::Configuration { what, .. } | Inner::Key { what, .. } | Inner::Rotation { what, .. } => {
                what.clone()
            }
            Inner::Signer(_) => "the assertion was not signed".to_owned(),
            Inner::SignerMissing => "there is nothing to sign with".to_owned(),
            Inner::LeftInPeace { issuer, .. } => format!("{issuer} is not asked now"),
            Inner::Discovery(_) => "the issuer's metadata cannot be fetched".to_owned(),
            Inner::Transport(_) => "the request has no answer".to_owned(),
            Inner::OAuth { endpoint, status, .. } => {
                format!("{endpoint} gave no token ({})", status.as_u16())
            }
            Inner::Unavailable { endpoint, status, .. } => {
                format!("{endpoint} cannot give a token now ({})", status.as_u16())
            }
            Inner::Answer { endpoint, .. }
            | Inner::NonceLoop { endpoint }
            | Inner::NonceMissing { endpoint } => {
                format!("{endpoint} gave an answer that the protocol does not allow")
            }
            Inner::InsecureApi { url } => format!("{url} is not called"),
            Inner::InvalidUrl { url, .. } => format!("{url} is no address to call"),
            Inner::InvalidRequest { .. } => "the request cannot be sent".to_owned(),
        }
    }

    /// Why it failed, in one line.
    #[must_use]
    pub fn why(&self) -> String {
        match &*self.0 {
            Inner::Configuration { why, .. }
            | Inner::Key { why, .. }
            | Inner::Rotation { why, .. }
            | Inner::InvalidUrl { why, .. }
            | Inner::InvalidRequest { why } => why.clone(),
            Inner::Discovery(error) => error.to_string(),
            Inner::Transport(error) => error.to_string(),
            Inner::Signer(why) => why.to_string(),
            Inner::SignerMissing => "the key is outside this process, and no signer was given".to_owned(),
            Inner::LeftInPeace { seconds, .. } => {
                format!("it failed several times in a row, and is left in peace for {seconds} s more")
            }
            Inner::OAuth { error, .. } => shown(&error.to_string()),
            Inner::Unavailable { answer, .. } => {
                answer.reason.clone().unwrap_or_else(|| "it does not say why".to_owned())
            }
            Inner::Answer { why, .. } => why.to_string(),
            Inner::NonceLoop { .. } => "it asked for another nonce right after it had given one".to_owned(),
            Inner::NonceMissing { .. } => {
                "it asked for a nonce without a usable DPoP-Nonce header".to_owned()
            }
            Inner::InsecureApi { .. } => {
                "expected https, since anyone on the way could read the token".to_owned()
            }
        }
    }

    /// What to do next, in one line.
    #[must_use]
    pub fn next(&self) -> String {
        let text = match &*self.0 {
            Inner::Configuration { next, .. } | Inner::Rotation { next, .. } => return next.clone(),
            Inner::Signer(_) => "check the signer, or try again",
            Inner::SignerMissing => {
                "give a program's client its signer (ClientBuilder::signer); the command line needs key_file instead"
            }
            Inner::LeftInPeace { .. } => "wait, and look why the authority fails",
            Inner::Unavailable { answer: Unavailable { retry_after: Some(after), .. }, .. } => {
                let seconds = after.as_secs();
                return format!("try again after {seconds} s; if it stays so, look why the authority fails");
            }
            Inner::Unavailable { .. } => "try again later; if it stays so, look why the authority fails",
            Inner::OAuth { error: OAuthError { uri: Some(uri), .. }, .. } => {
                return format!("see {}", shown(uri));
            }
            Inner::Key { .. } => "check key_file, or make a key: helseid key generate --out NAME",
            Inner::Discovery(FetchError::Http(error))
                if matches!(error.kind(), HttpErrorKind::InsecureUrl | HttpErrorKind::Tls) =>
            {
                error.next()
            }
            Inner::Discovery(_) => {
                "check issuer in the configuration, and that the authority runs: helseid authority"
            }
            Inner::Transport(error) => error.next(),
            Inner::OAuth { .. } => "fix what the description names, and try again",
            Inner::Answer { .. } | Inner::NonceLoop { .. } | Inner::NonceMissing { .. } => {
                "check that the address is the right one, and that no proxy changes its answers"
            }
            Inner::InsecureApi { .. } => {
                "call the API by https, or name its host in insecure_http (--insecure-http, HELSEID_INSECURE_HTTP)"
            }
            Inner::InvalidUrl { .. } => "give an absolute https URL",
            Inner::InvalidRequest { .. } => "check the request's headers and method",
        };
        text.to_owned()
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Self(Box::new(inner))
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

/// Three lines: what failed, why, and what to do next.
impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n  {}\n  {}", self.what(), self.why(), self.next())
    }
}

impl std::error::Error for Error {}
