//! Where a person is led after a login: a path of the own site, and nothing that a browser takes for another one.

use url::Url;

use crate::rule::{Facts, Fault, Rule, Trail};

/// A path of the own site, with its query.
///
/// ```
/// use helseid_protocol::login::{LocalPath, Site};
/// use helseid_protocol::rule::Trail;
/// use url::Url;
///
/// let address = Url::parse("https://app.example")?;
/// let site = Site { address: &address, own_routes: &["/logout"] };
/// let path = LocalPath::parse("/journal?tab=2", &site, &mut Trail::new())?;
/// assert_eq!(path.as_str(), "/journal?tab=2");
/// // A link to this site cannot send the browser to another one.
/// assert!(LocalPath::parse("//evil.example/", &site, &mut Trail::new()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(Box<str>);

/// The own site: its address, and the routes of the login itself, to which nobody is led.
///
/// ```
/// use helseid_protocol::login::{LocalPath, Site};
/// use helseid_protocol::rule::Trail;
/// use url::Url;
///
/// let address = Url::parse("https://app.example")?;
/// let site = Site { address: &address, own_routes: &["/logout"] };
/// // A login does not end at the logout.
/// assert!(LocalPath::parse("/logout", &site, &mut Trail::new()).is_err());
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The public address; its origin is what counts.
    pub address: &'a Url,
    /// Paths such as `/logout`. What stands below them is refused too.
    pub own_routes: &'a [&'a str],
}

impl LocalPath {
    /// The most bytes.
    pub const MAX_BYTES: usize = 512;

    /// Takes a path that begins with one slash, as a browser would read it on `site` (RFC 6749 section 10.15). What it stands
    /// for is the text that was parsed, not the one that came.
    pub fn parse(text: &str, site: &Site<'_>, trail: &mut Trail) -> Result<Self, Fault> {
        trail.require(Rule::LoginReturnTo, path_is_of_the_site(text, site))
    }

    /// The path with its query, for `Location`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn path_is_of_the_site(text: &str, site: &Site<'_>) -> Result<LocalPath, Facts> {
    const EXPECTED: &str = "a path of this site";
    let refused = |got: &str| Err(Facts::new(EXPECTED, got));
    if text.len() > LocalPath::MAX_BYTES {
        return refused("a longer text");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return refused("a text with other characters than a path has");
    }
    if !text.starts_with('/') || text.starts_with("//") {
        return refused("a text that does not begin with one slash");
    }
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let Some(decoded) = decoded(path) else { return refused("a path with an escape that is none") };
    // Whoever decodes twice, or too early, would read another path.
    let slashes = path.bytes().filter(|byte| *byte == b'/').count();
    let is_plain = decoded.iter().all(|byte| !byte.is_ascii_control() && !matches!(byte, b'\\' | b'%'));
    if !is_plain || decoded.iter().filter(|byte| **byte == b'/').count() != slashes {
        return refused("a path with an escaped slash, backslash, percent sign or control character");
    }
    let Ok(parsed) = site.address.join(text) else { return refused("a text that is not a path") };
    if parsed.origin() != site.address.origin() {
        return refused("the address of another site");
    }
    let is_own = |route: &&str| {
        let path = self::decoded(parsed.path()).unwrap_or_default().to_ascii_lowercase();
        let below = path.strip_prefix(route.to_ascii_lowercase().as_bytes());
        below.is_some_and(|below| below.is_empty() || below.starts_with(b"/"))
    };
    if parsed.path().starts_with("//") || site.own_routes.iter().any(is_own) {
        return refused("a path that nobody is sent to");
    }
    let query = parsed.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = format!("{}{query}", parsed.path());
    // A browser escapes more than came.
    if path.len() > LocalPath::MAX_BYTES {
        return refused("a longer text");
    }
    Ok(LocalPath(path.into()))
}

/// The bytes of a path without its escapes, once; none if an escape has no two hexadecimal digits.
fn decoded(path: &str) -> Option<Vec<u8>> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<LocalPath, Rule> {
        let address = Url::parse("https://app.example/base").unwrap();
        let site = Site { address: &address, own_routes: &["/login", "/logout", "/callback"] };
        LocalPath::parse(text, &site, &mut Trail::new()).map_err(|fault| fault.rule())
    }

    #[test]
    fn a_path_of_the_site_is_taken_as_a_browser_reads_it() {
        for (text, path) in [
            ("/", "/"),
            ("/patients/7?tab=a%2Fb&x=//y", "/patients/7?tab=a%2Fb&x=//y"),
            ("/a/../b", "/b"),
            ("/a%20b%C3%A5", "/a%20b%C3%A5"),
            ("/a#b", "/a"),
            ("/loginx", "/loginx"),
        ] {
            assert_eq!(parse(text).as_ref().map(LocalPath::as_str), Ok(path), "{text}");
        }
    }

    #[test]
    fn a_path_of_the_greatest_length_is_taken() {
        let (path, query) = ("a".repeat(LocalPath::MAX_BYTES - 1), "a".repeat(LocalPath::MAX_BYTES - 2));
        for text in [format!("/{path}"), format!("/?{query}")] {
            assert_eq!(parse(&text).as_ref().map(LocalPath::as_str), Ok(&*text));
        }
    }

    #[test]
    fn what_leads_elsewhere_or_to_the_login_itself_is_refused() {
        let long = format!("/{}", "a".repeat(LocalPath::MAX_BYTES));
        let escaped = format!("/?{}", "<".repeat(LocalPath::MAX_BYTES / 2));
        for text in [
            "",
            "a",
            "https://evil.example",
            "//evil.example",
            "///e",
            "/\\evil.example",
            "\\/e",
            "/\t/e",
            "/%5ce",
            "/%09/e",
            "/%2f%2fe",
            "/%2Fe",
            "/%252fe",
            "/a\r\nb",
            "/a%0d%0ab",
            "/\u{2028}",
            "/å",
            "/ ",
            "/x/..//e",
            "/%",
            "/%zz",
            "/.//e",
            "/logout",
            "/LOGOUT",
            "/%6cogout",
            "/login/x",
            "/x/../logout?a",
            "javascript:alert(1)",
            &long,
            &escaped,
        ] {
            assert_eq!(parse(text), Err(Rule::LoginReturnTo), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_path_leads_to_another_site(text in "[/\\\\%a-f0-9.:@?#\t e]{0,24}|/\\PC{0,16}|/[?a<\"{]{0,511}") {
            if let Ok(path) = parse(&text) {
                let address = Url::parse("https://app.example/").unwrap();
                let led = address.join(path.as_str()).unwrap();
                prop_assert_eq!(led.origin(), address.origin());
                prop_assert!(path.as_str().len() <= LocalPath::MAX_BYTES);
                prop_assert!(path.as_str().starts_with('/') && !path.as_str().starts_with("//"));
                prop_assert_eq!(parse(path.as_str()), Ok(path.clone()), "it is read as itself");
            }
        }
    }
}
