//! What can go wrong on the way out.

use std::fmt;

use helseid_protocol::endpoint::metadata::InvalidMetadata;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::InvalidJwk;
use http::StatusCode;

/// Why a request has no answer.
///
/// ```
/// use helseid_http::{HttpError, HttpErrorKind};
///
/// /// Whether the operator of the program has to act.
/// fn is_ours(error: &HttpError) -> bool {
///     matches!(error.kind(), HttpErrorKind::Settings | HttpErrorKind::Proxy | HttpErrorKind::InsecureUrl)
/// }
/// ```
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
    /// A variable of the environment names a proxy that cannot be used.
    Proxy,
    /// An entry of `insecure_http` names no host.
    InsecureHost,
}

/// A request without an answer. Names the address without its query: log it only where the path holds nothing of a person. Of headers and
/// body it holds nothing.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_http::{HttpErrorKind, Outbound};
///
/// // Nothing is sent over http, where anyone on the way could read it.
/// let refused = Outbound::builder().build()?.get("http://api.example/patients").await;
/// if let Err(error) = refused {
///     assert_eq!(error.kind(), HttpErrorKind::InsecureUrl);
///     println!("{}: {error}. {}", error.what(), error.next());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct HttpError {
    kind: HttpErrorKind,
    address: String,
    why: String,
    is_unsent: bool,
}

impl HttpError {
    pub(crate) fn new(kind: HttpErrorKind, address: impl Into<String>, why: impl fmt::Display) -> Self {
        let is_unsent = match kind {
            HttpErrorKind::Timeout | HttpErrorKind::TooLarge | HttpErrorKind::Broken => false,
            HttpErrorKind::InsecureUrl
            | HttpErrorKind::Connect
            | HttpErrorKind::Tls
            | HttpErrorKind::Settings
            | HttpErrorKind::Proxy
            | HttpErrorKind::InsecureHost => true,
        };
        Self { kind, address: address.into(), why: why.to_string(), is_unsent }
    }

    /// The same, of a connection that was never opened.
    pub(crate) const fn before_sending(mut self) -> Self {
        self.is_unsent = true;
        self
    }

    /// Whether no byte of the request was sent, since no connection was opened. Where this is false, the server may have
    /// processed the request.
    #[must_use]
    pub const fn is_unsent(&self) -> bool {
        self.is_unsent
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> HttpErrorKind {
        self.kind
    }

    /// Whether nothing was sent because the settings are wrong.
    #[must_use]
    pub const fn is_about_settings(&self) -> bool {
        matches!(self.kind, HttpErrorKind::Settings | HttpErrorKind::Proxy | HttpErrorKind::InsecureHost)
    }

    /// What failed, in one line.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self.kind {
            HttpErrorKind::Settings => "the trusted certificates cannot be used",
            HttpErrorKind::Proxy => "the proxy cannot be used",
            HttpErrorKind::InsecureHost => "the setting insecure_http is wrong",
            _ => "the request has no answer",
        }
    }

    /// What to do next, in one line; names the setting, where there is one.
    #[must_use]
    pub fn next(&self) -> &'static str {
        match self.kind {
            HttpErrorKind::InsecureUrl => {
                "use https, or name the host in insecure_http (--insecure-http, HELSEID_INSECURE_HTTP)"
            }
            HttpErrorKind::Tls if self.why.contains(UNKNOWN_ISSUER) => {
                "name the CA certificate in ca_file (--ca-file, HELSEID_CA_FILE), or configure the server to send its whole chain"
            }
            HttpErrorKind::Tls => "check the certificate of the server, and the clock of this machine",
            HttpErrorKind::TooLarge => "check that the address is the right one",
            HttpErrorKind::Settings => "give ca_file certificates in PEM, or leave it out",
            HttpErrorKind::Proxy => {
                "correct that variable, or name the host in NO_PROXY if no proxy is needed"
            }
            HttpErrorKind::InsecureHost => "name only the host, or the host with its port",
            HttpErrorKind::Connect if self.why.contains(NO_TLS) => {
                "check the port; a program on this machine without TLS is called by http://"
            }
            HttpErrorKind::Connect if NO_HANDSHAKE.iter().any(|text| self.why.contains(text)) => {
                "check the port, and that the server has TLS 1.2 or 1.3"
            }
            HttpErrorKind::Connect => "check the address, the network, and that the program there is running",
            HttpErrorKind::Timeout | HttpErrorKind::Broken => {
                "check the address and the network, and try again"
            }
        }
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
            HttpErrorKind::Settings | HttpErrorKind::Proxy | HttpErrorKind::InsecureHost => "cannot be read",
        };
        write!(out, "{} {what}: {}", self.address, self.why)
    }
}

impl std::error::Error for HttpError {}

/// Why an issuer's metadata or keys could not be fetched.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_http::{FetchError, IssuerMetadata, Outbound, system_clock};
/// use helseid_protocol::id::Issuer;
/// use std::sync::Arc;
///
/// let outbound = Arc::new(Outbound::builder().build()?);
/// let metadata = IssuerMetadata::new(Issuer::parse("http://sts.example")?, outbound, Arc::new(system_clock));
/// let Err(why) = metadata.get().await else { panic!("nothing is sent over http") };
/// assert!(matches!(why, FetchError::Http(_)) && why.next().is_some_and(|next| next.starts_with("use https")));
/// # Ok(()) }
/// ```
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
    /// No metadata at either of the two addresses.
    #[error("{openid} answered {status}, and so did {oauth}, where one of them has the metadata")]
    NoMetadata {
        /// OpenID Connect's address.
        openid: String,
        /// RFC 8414's address.
        oauth: String,
        /// What both answered.
        status: StatusCode,
    },
    /// An answer that is no metadata, or another issuer's.
    #[error("{0}")]
    Metadata(#[from] InvalidMetadata),
    /// Metadata without `jwks_uri`, which is fine for whoever verifies no tokens.
    #[error("the metadata of {issuer} have no jwks_uri, so its tokens cannot be verified")]
    NoKeysAddress {
        /// Whose metadata.
        issuer: Issuer,
    },
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

impl FetchError {
    /// What to do next, in one line, where the way to the issuer is at fault.
    #[must_use]
    pub fn next(&self) -> Option<&'static str> {
        match self {
            Self::Http(error) => Some(error.next()),
            _ => None,
        }
    }
}

/// How the TLS library says that it knows no signer of a certificate.
const UNKNOWN_ISSUER: &str = "UnknownIssuer";

/// How the TLS library says that what it got is no TLS, such as plain HTTP.
const NO_TLS: &str = "InvalidContentType";

/// How the TLS library says that client and server did not agree on a connection.
const NO_HANDSHAKE: [&str; 3] = ["peer is incompatible", "received fatal alert", "corrupt message"];

/// The reason at the bottom of a chain, for people.
pub(crate) fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    if text.ends_with(UNKNOWN_ISSUER) {
        format!("its certificate is not signed by a trusted authority ({UNKNOWN_ISSUER})")
    } else if text.ends_with(NO_TLS) {
        format!("it does not answer with TLS ({NO_TLS})")
    } else {
        text
    }
}
