//! The address that a proof is for: `htu`, compared as RFC 3986 section 6.2.2 and 6.2.3 say.
//!
//! `url` parses it. Percent triplets are normalised here: `url` leaves them as they are, and libraries for percent-encoding decode or
//! encode whole texts, which makes different addresses equal.

use std::fmt;

use url::Url;

use crate::id::LOOPBACK_HOSTS;

/// The most bytes of an address: 4 KiB.
const MAX_BYTES: usize = 4 * 1024;

/// An http(s) address without query and fragment, normalised: equal texts, equal targets.
///
/// Scheme and host are in small letters, the default port and dot segments are gone, an empty path is `/`, percent
/// triplets are in capitals, and those of unreserved characters decoded. Empty segments (`//`) stay.
///
/// ```
/// use helseid_protocol::dpop::Target;
///
/// let sent = Target::of_request("https://API.example:443/patients?name=x")?;
/// assert_eq!(sent, Target::parse("https://api.example/patients")?);
/// # Ok::<(), helseid_protocol::dpop::InvalidTarget>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target(Box<str>);

/// Why a text is no target.
///
/// ```
/// use helseid_protocol::dpop::{InvalidTarget, Target};
///
/// assert_eq!(Target::parse("ftp://api.example/"), Err(InvalidTarget::NotHttp));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// Longer than 4 KiB.
    #[error("it has {0} bytes, and {MAX_BYTES} is the most")]
    TooLong(usize),
    /// No absolute http(s) URL.
    #[error("it is not an absolute http or https URL")]
    NotHttp,
    /// A user or password in the URL.
    #[error("it holds a user name or password")]
    Credentials,
    /// RFC 9449 section 4.2: without query and fragment.
    #[error("it has a query or a fragment")]
    QueryOrFragment,
    /// Dot segments that lead out of the base.
    #[error("its dot segments climb above the path that the API begins with")]
    AboveBase,
}

impl Target {
    /// Takes an address as the maker of an `htu` gives it: a query or fragment is refused.
    pub fn parse(text: &str) -> Result<Self, InvalidTarget> {
        if text.contains(['?', '#']) {
            return Err(InvalidTarget::QueryOrFragment);
        }
        Self::of_request(text)
    }

    /// Takes the address of a request: query and fragment are left out.
    pub fn of_request(text: &str) -> Result<Self, InvalidTarget> {
        if text.len() > MAX_BYTES {
            return Err(InvalidTarget::TooLong(text.len()));
        }
        let url = Url::parse(text).map_err(|_| InvalidTarget::NotHttp)?;
        Self::of_url(&url)
    }

    /// Takes a request's `path` below `base`, without a query. A path that begins with no slash is refused: it would
    /// belong to the host. So is one whose dot segments climb above the base: it is not the API's that has this base.
    pub fn below(base: &Self, path: &str) -> Result<Self, InvalidTarget> {
        if !path.starts_with('/') {
            return Err(InvalidTarget::NotHttp);
        }
        let text = [base.0.strip_suffix('/').unwrap_or(&base.0), path].concat();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'.' | b'_' | b'~');
        // What nearly every path is like, is normal as it stands.
        if path.bytes().all(plain) && !path.contains("/.") && text.len() <= MAX_BYTES {
            return Ok(Self(text.into()));
        }
        let target = Self::of_request(&text)?;
        let rest = target.0.strip_prefix(base.0.strip_suffix('/').unwrap_or(&base.0));
        match rest.is_some_and(|rest| rest.starts_with('/')) {
            true => Ok(target),
            false => Err(InvalidTarget::AboveBase),
        }
    }

    /// The root of a service on loopback, by the `authority` of a request to it; only where that is normal as it stands: a
    /// known name, and a port that is not the default one.
    #[must_use]
    pub fn on_loopback(authority: &str) -> Option<Self> {
        let (host, port) = authority.rsplit_once(':')?;
        let digits = (1..=5).contains(&port.len()) && port.bytes().all(|digit| digit.is_ascii_digit());
        let known = LOOPBACK_HOSTS.contains(&host);
        let plain = known && digits && !port.starts_with('0') && port != "80" && port.parse::<u16>().is_ok();
        plain.then(|| Self(["http://", authority, "/"].concat().into()))
    }

    /// The same from a URL that was parsed already.
    pub fn of_url(url: &Url) -> Result<Self, InvalidTarget> {
        let (scheme, Some(host)) = (url.scheme(), url.host_str()) else { return Err(InvalidTarget::NotHttp) };
        if !matches!(scheme, "http" | "https") {
            return Err(InvalidTarget::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidTarget::Credentials);
        }
        let path = with_plain_triplets(url.path());
        let text = match url.port() {
            Some(port) => format!("{scheme}://{host}:{port}{path}"),
            None => format!("{scheme}://{host}{path}"),
        };
        Ok(Self(text.into()))
    }

    /// Scheme, host and port: what may be told where the path may not, since that of an API may have a person's number in it.
    #[must_use]
    pub fn origin(&self) -> &str {
        let host = self.0.find("://").map_or(0, |at| at + "://".len());
        let path = self.0.get(host..).and_then(|rest| rest.find('/'));
        path.and_then(|at| self.0.get(..host + at)).unwrap_or(&self.0)
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// RFC 3986 section 6.2.2.1 and 6.2.2.2: triplets in capitals, and none for an unreserved character. A percent sign that
/// begins no triplet becomes one, so that what follows cannot make it one.
fn with_plain_triplets(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let digits = after.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                if matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~') {
                    plain.push(char::from(byte));
                } else {
                    plain.push_str(&format!("%{byte:02X}"));
                }
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                plain.push_str("%25");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}
