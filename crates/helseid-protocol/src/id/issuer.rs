//! The names of authorization servers, and whether an address is safe from listeners.

use std::fmt;

use url::{Host, Url};

/// An authorization server's name and base address (RFC 8414 section 2).
///
/// Kept and compared as text, byte for byte, a slash at its end too: some issuers have one, and theirs is another name
/// without it. It may have a path. Addresses under it are the same with and without that slash.
///
/// ```
/// use helseid_protocol::id::Issuer;
///
/// let issuer = Issuer::parse("https://sts.example/")?;
/// assert_eq!(issuer.at("/connect/token"), "https://sts.example/connect/token");
/// // These are two names; the likely slip is worth an error message of its own.
/// let other = Issuer::parse("https://sts.example")?;
/// assert!(issuer != other && issuer.differs_by_slash(&other));
/// # Ok::<(), helseid_protocol::id::InvalidIssuer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Issuer(Box<str>);

/// Why a text is not an [`Issuer`].
///
/// ```
/// use helseid_protocol::id::{InvalidIssuer, Issuer};
///
/// assert!(matches!(Issuer::parse("sts.example"), Err(InvalidIssuer::NotUrl(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIssuer {
    /// No URL at all.
    #[error("it is not an absolute URL: {0}")]
    NotUrl(url::ParseError),
    /// A space, a line break or another control character, which readers of URLs leave out in silence.
    #[error("it holds a space or a control character")]
    Whitespace,
    /// Another scheme than https or http.
    #[error("its scheme is `{0}`, and only https (and http) is supported")]
    Scheme(String),
    /// RFC 8414 section 2 allows neither.
    #[error("an issuer has no query and no fragment")]
    QueryOrFragment,
    /// A user or password in the URL.
    #[error("an issuer holds no user name and no password")]
    Credentials,
}

impl Issuer {
    /// Takes an absolute http(s) URL; space around it, as files have it, is no part of it.
    ///
    /// Whether http will do is for the caller to say: see [`Issuer::is_secure`].
    pub fn parse(text: &str) -> Result<Self, InvalidIssuer> {
        let text = text.trim();
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(InvalidIssuer::Whitespace);
        }
        let url = Url::parse(text).map_err(InvalidIssuer::NotUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(InvalidIssuer::Scheme(url.scheme().to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidIssuer::QueryOrFragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidIssuer::Credentials);
        }
        Ok(Self(text.into()))
    }

    /// The exact name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of `path` (with its leading slash) below this issuer.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.without_slash())
    }

    /// The address of `well_known` (with its leading slash) that stands before this issuer's own path (RFC 8414 section 3.1).
    #[must_use]
    pub fn inserted(&self, well_known: &str) -> String {
        let whole = self.without_slash();
        let host = whole.find("://").map_or(0, |at| at + 3);
        let path =
            whole.get(host..).and_then(|rest| rest.find('/')).map_or(whole.len(), |slash| host + slash);
        let (origin, path) = whole.split_at(path);
        format!("{origin}{well_known}{path}")
    }

    /// Whether both are one name but for a slash at the end of one of them: no equality, and a likely slip.
    #[must_use]
    pub fn differs_by_slash(&self, other: &Self) -> bool {
        self != other && self.without_slash() == other.without_slash()
    }

    fn without_slash(&self) -> &str {
        self.0.strip_suffix('/').unwrap_or(&self.0)
    }

    /// Whether the address is https, or http on this machine's loopback.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_secure(&url))
    }
}

/// Whether `url` is https, or http to this machine's own loopback, where nobody listens in.
#[must_use]
pub fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Whether `url` names this machine's loopback: a [loopback name](is_loopback_name), 127.0.0.0/8 or `[::1]`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => is_loopback_name(name),
        None => false,
    }
}

/// Whether `name` is `localhost` or ends in `.localhost`, in any case and with or without the root's dot: names that are
/// never asked of a resolver (RFC 6761 section 6.3), since one that answers otherwise would be sent our secrets.
#[must_use]
pub fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let (start, end) =
        name.split_at_checked(name.len().saturating_sub("localhost".len())).unwrap_or_default();
    end.eq_ignore_ascii_case("localhost") && (start.is_empty() || start.ends_with('.'))
}

/// Whether `host` is this machine's loopback also for a resolver that may be told otherwise: `localhost` itself, or an address
/// of the loopback, in brackets or not. [Names below it](is_loopback_name) are left out.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let is_bare_ipv6 = host.contains(':') && !host.starts_with('[');
    let parsed = if is_bare_ipv6 { Host::parse(&format!("[{host}]")) } else { Host::parse(host) };
    match parsed {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Err(_) => false,
    }
}

/// The hosts under which a service on loopback is called, as URLs have them.
pub const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl fmt::Display for Issuer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::str::FromStr for Issuer {
    type Err = InvalidIssuer;

    fn from_str(text: &str) -> Result<Self, InvalidIssuer> {
        Self::parse(text)
    }
}

/// What another party calls itself: not even the space around it is cut.
impl<'de> serde::Deserialize<'de> for Issuer {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        let issuer = Self::parse(&text).map_err(serde::de::Error::custom)?;
        if issuer.as_str() == text {
            Ok(issuer)
        } else {
            Err(serde::de::Error::custom(InvalidIssuer::Whitespace))
        }
    }
}
