//! What can go wrong on the way out.

use std::fmt;

use helseid_protocol::endpoint::metadata::InvalidMetadata;
use helseid_protocol::jose::InvalidJwk;
use http::StatusCode;

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The address is http and neither loopback nor named in `insecure_http`, or no http(s) address at all.
    InsecureUrl,
    /// No connection: the name is unknown, nothing listens, or the network is away.
    Connect,
    /// The server's certificate is not trusted.
    Tls,
    /// No answer within the time.
    Timeout,
    /// The answer is larger than the limit.
    TooLarge,
    /// The connection broke, or what came is not HTTP.
    Broken,
    /// The settings for the way out are wrong: a CA file that cannot be read.
    Settings,
}

/// A request without an answer. Names the address without its query, and holds nothing of the request.
#[derive(Debug, Clone)]
pub struct HttpError {
    kind: HttpErrorKind,
    address: String,
    why: String,
}

impl HttpError {
    pub(crate) fn new(kind: HttpErrorKind, address: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { kind, address: address.into(), why: why.to_string() }
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> HttpErrorKind {
        self.kind
    }

    /// Whether another try may well succeed: nothing is wrong with the request itself.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self.kind, HttpErrorKind::Connect | HttpErrorKind::Timeout | HttpErrorKind::Broken)
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            HttpErrorKind::InsecureUrl => "is not called",
            HttpErrorKind::Connect => "cannot be reached",
            HttpErrorKind::Tls => "is not trusted",
            HttpErrorKind::Timeout => "did not answer in time",
            HttpErrorKind::TooLarge => "answered with too much",
            HttpErrorKind::Broken => "did not answer properly",
            HttpErrorKind::Settings => "cannot be read",
        };
        write!(out, "{} {what}: {}", self.address, self.why)
    }
}

impl std::error::Error for HttpError {}

/// Why an issuer's metadata or keys could not be fetched.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No answer.
    #[error("{0}")]
    Http(#[from] HttpError),
    /// An answer of another status than 200.
    #[error("{url} answered {status}, where 200 was expected")]
    Status {
        /// What was asked.
        url: String,
        /// What came.
        status: StatusCode,
    },
    /// An answer that is no metadata, or another issuer's.
    #[error("{0}")]
    Metadata(#[from] InvalidMetadata),
    /// An answer that is no JWK Set.
    #[error("{url} answered with no usable keys: {why}")]
    Keys {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        why: InvalidJwk,
    },
    /// A set without one key that can be used.
    #[error("{url} answered with a set of which no key can be used")]
    NoKeys {
        /// What was asked.
        url: String,
    },
}

/// The reason at the bottom of a chain, for people.
pub(crate) fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
