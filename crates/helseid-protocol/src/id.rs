//! Identifiers: a name for every string of the protocol, parsed at the door.

use std::fmt;

use url::{Host, Url};

/// The longest identifier that is accepted, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// Longer than [`MAX_ID_BYTES`].
    #[error("it has {0} bytes, and {MAX_ID_BYTES} is the most")]
    TooLong(usize),
    /// A control character: never part of an identifier, and a way to forge log lines.
    #[error("it holds a control character")]
    ControlCharacter,
}

fn checked(text: &str) -> Result<&str, InvalidId> {
    match text.len() {
        0 => Err(InvalidId::Empty),
        length if length > MAX_ID_BYTES => Err(InvalidId::TooLong(length)),
        // What nearly every identifier is made of: quicker to tell than controls beyond ASCII.
        _ if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => Ok(text),
        _ if text.chars().any(char::is_control) => Err(InvalidId::ControlCharacter),
        _ => Ok(text),
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes 1 to [`MAX_ID_BYTES`] bytes without control characters.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                checked(text).map(|text| Self(text.into()))
            }

            /// The text as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::as_text! { $name, InvalidId; }
    )+};
}

identifiers! {
    /// Who a client is at HelseID: `client_id`, a GUID for real clients.
    ClientId;
    /// Which of a party's keys: `kid` (RFC 7515 section 4.1.4). Compared byte for byte, never looked up as a path.
    KeyId;
    /// Who a token is for: the name of an API such as `nhn:kjernejournal`.
    Audience;
    /// What makes one assertion or proof unique: `jti` (RFC 7519 section 4.1.7).
    JwtId;
    /// The base64url SHA-256 thumbprint of a public key: `jkt` (RFC 7638).
    Thumbprint;
    /// A person's session at the authority: `sid` (OpenID Connect Front-Channel Logout 1.0 section 3).
    SessionId;
}

/// An authorization server's name and base address (RFC 8414 section 2).
///
/// Kept and compared as text, byte for byte, a slash at its end too: some issuers have one, and theirs is another name
/// without it. It may have a path. Addresses under it are the same with and without that slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Issuer(Box<str>);

/// Why a text is not an [`Issuer`].
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_short_and_printable() {
        assert_eq!(ClientId::parse(""), Err(InvalidId::Empty));
        assert_eq!(ClientId::parse(&"x".repeat(257)), Err(InvalidId::TooLong(257)));
        assert_eq!(ClientId::parse("a\nb"), Err(InvalidId::ControlCharacter));
        assert_eq!(ClientId::parse("a b/æ+=").map(|id| id.to_string()), Ok("a b/æ+=".into()));
    }

    #[test]
    fn an_issuer_is_kept_byte_for_byte_and_addresses_under_it_know_about_its_slash() {
        let issuer = |text| Issuer::parse(text).expect("a valid issuer");
        for (name, token, inserted) in [
            ("https://sts.example", "https://sts.example/token", "https://sts.example/.well-known/x"),
            ("https://sts.example/", "https://sts.example/token", "https://sts.example/.well-known/x"),
            (
                "https://sts.example/a/b",
                "https://sts.example/a/b/token",
                "https://sts.example/.well-known/x/a/b",
            ),
            ("https://STS.example/a/", "https://STS.example/a/token", "https://STS.example/.well-known/x/a"),
        ] {
            assert_eq!(issuer(name).as_str(), name);
            assert_eq!(issuer(name).at("/token"), token);
            assert_eq!(issuer(name).inserted("/.well-known/x"), inserted);
        }
        assert_ne!(issuer("https://sts.example"), issuer("https://sts.example/"));
        assert!(issuer("https://sts.example").differs_by_slash(&issuer("https://sts.example/")));
        assert!(!issuer("https://sts.example").differs_by_slash(&issuer("https://other.example/")));
    }

    #[test]
    fn an_issuer_is_a_plain_web_address() {
        for (text, why) in [
            ("sts.example", "absolute"),
            ("https://sts.example/a b", "space"),
            ("https://sts.ex\nample", "control"),
            ("ftp://sts.example", "scheme"),
            ("https://sts.example?x", "query"),
            ("https://u:p@sts.example", "user name"),
        ] {
            let refusal = Issuer::parse(text).expect_err(text).to_string();
            assert!(refusal.contains(why), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_loopback_name_is_localhost_or_below_it() {
        for name in ["localhost", "LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST."] {
            assert!(is_loopback_name(name), "{name}");
        }
        for name in
            ["", ".", "localhos", "alocalhost", "localhost.example", "localhost..", "ølocalhost", "127.0.0.1"]
        {
            assert!(!is_loopback_name(name), "{name}");
        }
    }

    #[test]
    fn a_loopback_host_is_localhost_itself_or_an_address() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "::ffff:127.0.0.1"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in
            ["", "a.localhost", "localhost.", "10.0.0.1", "[::1", "localhost.example", "[localhost.example]"]
        {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn http_is_secure_on_the_loopback_alone() {
        for (text, secure) in [
            ("https://sts.example", true),
            ("http://sts.example", false),
            ("http://localhost:8480", true),
            ("http://127.8.0.1", true),
            ("http://[::1]:1", true),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
        ] {
            assert_eq!(Issuer::parse(text).expect(text).is_secure(), secure, "{text}");
        }
    }
}
