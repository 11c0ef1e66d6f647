//! Addresses that a client registers: where browsers are sent back to, and what is told of a logout.

use std::fmt;
use std::num::NonZeroU16;

use url::Url;

use crate::id::LOOPBACK_HOSTS;

/// An address that a browser may be sent back to: `https`, `http`, or a private-use scheme of a native app (RFC 8252 section 7).
/// It is compared byte for byte, so its text is kept as it was registered. Whether `http` off loopback will do is for the
/// authority to say.
///
/// ```
/// use helseid_protocol::uri::RedirectUri;
/// use std::num::NonZeroU16;
///
/// // A native app listens at a port that is free.
/// let registered = RedirectUri::parse("http://127.0.0.1/callback")?;
/// let address = NonZeroU16::new(49_152).and_then(|port| registered.at_port(port));
/// assert_eq!(address.as_deref(), Some("http://127.0.0.1:49152/callback"));
/// // Any other address is good as it is.
/// assert!(!RedirectUri::parse("https://journal.example/callback")?.takes_any_port());
/// # Ok::<(), helseid_protocol::uri::InvalidUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RedirectUri(Box<str>);

/// An address that is told of a logout: `https` or `http`. Whether `http` off loopback will do is for the authority to say.
///
/// ```
/// use helseid_protocol::uri::{InvalidUri, LogoutUri};
///
/// let told = LogoutUri::parse("https://journal.example/logout")?;
/// assert_eq!(told.as_str(), "https://journal.example/logout");
/// // An authority sends nothing to an app.
/// assert_eq!(LogoutUri::parse("com.example.journal:/logout"), Err(InvalidUri::LogoutScheme));
/// # Ok::<(), InvalidUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct LogoutUri(Box<str>);

/// Why an address cannot be registered.
///
/// ```
/// use helseid_protocol::uri::{InvalidUri, RedirectUri};
///
/// assert_eq!(RedirectUri::parse("https://*.journal.example/callback"), Err(InvalidUri::Wildcard));
/// let refused = RedirectUri::parse("https://journal.example/callback#top");
/// assert_eq!(refused, Err(InvalidUri::Fragment));
/// assert_eq!(InvalidUri::Fragment.to_string(), "it has a fragment, which no redirect URI may have");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUri {
    /// It is too long.
    #[error("it is longer than {MAX_URI_BYTES} bytes")]
    TooLong,
    /// It is relative, or no URI at all.
    #[error("it is not an absolute URI of the characters that RFC 3986 allows")]
    NotAbsolute,
    /// It has a fragment.
    #[error("it has a fragment, which no redirect URI may have")]
    Fragment,
    /// It has a user name or password.
    #[error("it holds a user name or a password")]
    Credentials,
    /// Its host has a wildcard.
    #[error("its host has a wildcard, and addresses are compared exactly")]
    Wildcard,
    /// Its scheme is none of those that are allowed.
    #[error(
        "its scheme is not allowed: use https, http on loopback, or a scheme like com.example.app of a native app"
    )]
    Scheme,
    /// Its scheme is none of those that a logout is sent to.
    #[error("its scheme is not allowed: use https, or http on loopback")]
    LogoutScheme,
}

/// The longest address, in bytes: as HelseID's platform has it.
pub const MAX_URI_BYTES: usize = 400;

impl RedirectUri {
    /// Takes an address that a browser may be sent back to.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        let url = checked(text)?;
        let is_allowed = match url.scheme() {
            "https" | "http" => true,
            private => is_private_use(private, text),
        };
        if is_allowed { Ok(Self(text.into())) } else { Err(InvalidUri::Scheme) }
    }

    /// The text as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a browser may be sent there at any port: a native app listens at one that is free (RFC 8252 section 7.3). So
    /// it is with `http` at exactly `localhost`, `127.0.0.1` or `[::1]`, registered without a port.
    #[must_use]
    pub fn takes_any_port(&self) -> bool {
        self.around_the_port().is_some()
    }

    /// The address with this port, if [any will do](Self::takes_any_port).
    #[must_use]
    pub fn at_port(&self, port: NonZeroU16) -> Option<String> {
        self.around_the_port().map(|(origin, path)| format!("{origin}:{port}{path}"))
    }

    /// What stands before and behind the place of a port that is not there.
    fn around_the_port(&self) -> Option<(&str, &str)> {
        let url = Url::parse(&self.0).ok().filter(|url| url.scheme() == "http")?;
        let host = url.host_str().filter(|host| LOOPBACK_HOSTS.contains(host))?;
        let path = self.0.strip_prefix("http://")?.strip_prefix(host)?;
        let origin = self.0.strip_suffix(path)?;
        matches!(path.bytes().next(), None | Some(b'/' | b'?')).then_some((origin, path))
    }
}

impl LogoutUri {
    /// Takes an address that is told of a logout.
    pub fn parse(text: &str) -> Result<Self, InvalidUri> {
        let url = checked(text)?;
        let is_allowed = matches!(url.scheme(), "https" | "http");
        if is_allowed { Ok(Self(text.into())) } else { Err(InvalidUri::LogoutScheme) }
    }

    /// The text as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn checked(text: &str) -> Result<Url, InvalidUri> {
    if text.len() > MAX_URI_BYTES {
        return Err(InvalidUri::TooLong);
    }
    // What a URL parser corrects or drops, such as blanks, tabs and backslashes, two readers may read in two ways.
    let is_of_uri = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let url = Url::parse(text).ok().filter(|_| text.bytes().all(is_of_uri));
    let url = url.ok_or(InvalidUri::NotAbsolute)?;
    if url.fragment().is_some() {
        return Err(InvalidUri::Fragment);
    }
    let authority = text.split_once("//").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    if !url.username().is_empty()
        || url.password().is_some()
        || authority.is_some_and(|text| text.contains('@'))
    {
        return Err(InvalidUri::Credentials);
    }
    if matches!(url.scheme(), "https" | "http") && !authority_is_written_out(text, url.scheme()) {
        return Err(InvalidUri::NotAbsolute);
    }
    if url.host_str().is_some_and(|host| host.contains('*')) {
        return Err(InvalidUri::Wildcard);
    }
    Ok(url)
}

/// RFC 3986 section 3.2: two slashes, and then the host. A browser makes up for fewer or more, and other readers do not.
fn authority_is_written_out(text: &str, scheme: &str) -> bool {
    let rest = text.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://"));
    rest.is_some_and(|rest| !rest.starts_with(['/', '@']))
}

/// RFC 8252 section 7.1: a name of the app's own domain, in reverse order. So no scheme that a browser acts on itself, such
/// as `javascript` or `data`, is one.
fn is_private_use(scheme: &str, text: &str) -> bool {
    scheme.contains('.') && text.len() > scheme.len() + 1
}

macro_rules! as_text {
    ($($name:ident)+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidUri;

            fn from_str(text: &str) -> Result<Self, InvalidUri> {
                Self::parse(text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                let refused = |why| serde::de::Error::custom(format_args!("the address {text:?}: {why}"));
                Self::parse(&text).map_err(refused)
            }
        }
    )+};
}

as_text! { RedirectUri LogoutUri }

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(text: &str) -> Result<String, InvalidUri> {
        RedirectUri::parse(text).map(|uri| uri.to_string())
    }

    #[test]
    fn a_redirect_uri_is_kept_as_it_is_written() {
        for text in [
            "https://app.example/callback",
            "HTTPS://App.example:443/a/../b?x=1&y=%20",
            "https://a.example/;script-src",
            "http://localhost:3000/callback",
            "http://localhost/callback",
            "http://127.0.0.1/",
            "http://[::1]:8080/cb",
            "com.example.app:/oauth2redirect",
            "com.example.app://callback",
        ] {
            assert_eq!(redirect(text).as_deref(), Ok(text));
        }
        let longest = format!("https://a.example/{}", "x".repeat(MAX_URI_BYTES - 18));
        assert_eq!(redirect(&longest), Ok(longest.clone()));
        assert_eq!(redirect(&format!("{longest}x")), Err(InvalidUri::TooLong));
    }

    #[test]
    fn each_other_redirect_uri_is_refused_for_what_is_wrong_with_it() {
        for (text, why) in [
            ("", InvalidUri::NotAbsolute),
            ("/callback", InvalidUri::NotAbsolute),
            ("https://", InvalidUri::NotAbsolute),
            ("https://app.example/a b", InvalidUri::NotAbsolute),
            (" https://app.example/", InvalidUri::NotAbsolute),
            ("https://app.example/\t", InvalidUri::NotAbsolute),
            ("https:\\\\app.example/", InvalidUri::NotAbsolute),
            ("https://bj\u{f8}rn.example/", InvalidUri::NotAbsolute),
            ("https://app.example/\"", InvalidUri::NotAbsolute),
            ("https:app.example/cb", InvalidUri::NotAbsolute),
            ("https:/app.example/cb", InvalidUri::NotAbsolute),
            ("https:/@app.example/cb", InvalidUri::NotAbsolute),
            ("https:///app.example/cb", InvalidUri::NotAbsolute),
            ("HTTP:localhost/cb", InvalidUri::NotAbsolute),
            ("https://app.example/#top", InvalidUri::Fragment),
            ("https://app.example/#", InvalidUri::Fragment),
            ("https://me@app.example/", InvalidUri::Credentials),
            ("https://@app.example/", InvalidUri::Credentials),
            ("http://localhost:1@evil.example/cb", InvalidUri::Credentials),
            ("https://*.example/cb", InvalidUri::Wildcard),
            ("javascript:alert(1)", InvalidUri::Scheme),
            ("data:text/html,x", InvalidUri::Scheme),
            ("file:///etc/passwd", InvalidUri::Scheme),
            ("myapp:/callback", InvalidUri::Scheme),
            ("com.example.app:", InvalidUri::Scheme),
        ] {
            assert_eq!(redirect(text), Err(why), "{text:?}");
            let json = serde_json::to_string(text).expect("a text");
            let refused = serde_json::from_str::<RedirectUri>(&json).expect_err("refused").to_string();
            assert!(refused.contains(&why.to_string()), "{refused}");
        }
    }

    #[test]
    fn a_port_is_free_at_a_name_of_the_loopback_alone_that_is_registered_without_one() {
        let port = NonZeroU16::new(4_000).expect("a port");
        for (text, at) in [
            ("http://localhost/cb?x=1", Some("http://localhost:4000/cb?x=1")),
            ("http://127.0.0.1", Some("http://127.0.0.1:4000")),
            ("http://[::1]?x", Some("http://[::1]:4000?x")),
            ("http://localhost:80/cb", None),
            ("http://localhost:/cb", None),
            ("http://LOCALHOST/cb", None),
            ("http://127.0.0.2/cb", None),
            ("http://[0:0::1]/cb", None),
            ("http://a.localhost/cb", None),
            ("http://localhost./cb", None),
            ("https://localhost/cb", None),
            ("com.example.app:/cb", None),
        ] {
            let uri = RedirectUri::parse(text).expect(text);
            assert_eq!(uri.at_port(port).as_deref(), at, "{text}");
            assert_eq!(uri.takes_any_port(), at.is_some(), "{text}");
        }
    }

    #[test]
    fn a_logout_is_sent_by_https_or_http() {
        for text in ["https://app.example/logout?x", "http://127.0.0.1:3000/logout", "http://web:3000/logout"]
        {
            assert_eq!(LogoutUri::parse(text).map(|uri| uri.to_string()).as_deref(), Ok(text));
        }
        for (text, why) in [
            ("com.example.app:/logout", InvalidUri::LogoutScheme),
            ("https://app.example/logout#x", InvalidUri::Fragment),
        ] {
            assert_eq!(LogoutUri::parse(text), Err(why), "{text}");
        }
    }
}
