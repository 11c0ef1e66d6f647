//! Addresses of requests as people type them, which of them lie below the base of an API, and which paths mean the same to everyone
//! who reads them.

mod base;
mod path;
#[cfg(any(test, feature = "forge"))]
mod readings;

use url::{ParseError, Url};

pub use base::Base;
#[cfg(feature = "forge")]
pub use readings::is_taken;

use crate::id::is_loopback;

/// Why a text is no address of a request. Holds nothing that may be a password.
///
/// ```
/// use helseid_protocol::address::{self, InvalidAddress};
///
/// let typed = address::parse("localhost:5000/patients");
/// assert_eq!(typed, Err(InvalidAddress::NoScheme("http://localhost:5000/patients".to_owned())));
/// let told = typed.map_err(|why| why.to_string());
/// assert_eq!(told, Err("it has no scheme: write http://localhost:5000/patients".to_owned()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// `localhost:5000/x`, and the whole address that was probably meant.
    #[error("it has no scheme: write {0}")]
    NoScheme(String),
    /// Neither https nor http.
    #[error("its scheme is {0}, and only https (and http) is supported")]
    Scheme(String),
    /// A user or password in the URL.
    #[error(
        "it holds a user name or a password: leave them out of the address; the token goes in a header of its own, and what else the API asks for in another"
    )]
    Credentials,
    /// A tab or a line end, which a URL parser would leave out in silence.
    #[error("it holds a control character")]
    ControlCharacter,
    /// Something else is wrong.
    #[error("{0}")]
    NotUrl(ParseError),
}

/// Reads the absolute http(s) address of a request. Blanks and letters beyond ASCII are encoded as a browser does it, in the
/// name of a host too; a fragment is left out, since it is never sent.
pub fn parse(text: &str) -> Result<Url, InvalidAddress> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(InvalidAddress::ControlCharacter);
    }
    let parsed = Url::parse(text);
    let lacks_scheme = match &parsed {
        Ok(url) => !url.has_host() && !text.contains("://"),
        Err(why) => *why == ParseError::RelativeUrlWithoutBase,
    };
    if lacks_scheme && let Some(why) = without_scheme(text) {
        return Err(why);
    }
    let mut url = parsed.map_err(InvalidAddress::NotUrl)?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(InvalidAddress::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidAddress::Credentials);
    }
    url.set_fragment(None);
    Ok(url)
}

/// What is wrong with a text that would be an address with a scheme before it.
fn without_scheme(text: &str) -> Option<InvalidAddress> {
    let mut url = Url::parse(&format!("http://{}", text.trim_start_matches('/'))).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return Some(InvalidAddress::Credentials);
    }
    if !is_loopback(&url) {
        url.set_scheme("https").ok()?;
    }
    url.set_query(None);
    url.set_fragment(None);
    Some(InvalidAddress::NoScheme(url.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_encoded_as_a_browser_does_it() {
        for (typed, sent) in [
            (
                "http://127.0.0.1:1/pasient/Bjørn Lævås/?navn=å b",
                "http://127.0.0.1:1/pasient/Bj%C3%B8rn%20L%C3%A6v%C3%A5s/?navn=%C3%A5%20b",
            ),
            ("https://blåbær.example/x y", "https://xn--blbr-roah.example/x%20y"),
            (" HTTPS://API.Example:443/a/../b#top\n", "https://api.example/b"),
            ("http://[::1]:5000", "http://[::1]:5000/"),
            ("https:/api.example/x", "https://api.example/x"),
            ("https://api.example./a%2fb", "https://api.example./a%2fb"),
        ] {
            assert_eq!(parse(typed).map(String::from), Ok(sent.to_owned()), "{typed}");
        }
    }

    #[test]
    fn an_address_without_scheme_is_told_with_one() {
        for (typed, meant) in [
            ("localhost:5000/x?secret=1", "http://localhost:5000/x"),
            ("127.0.0.1:5000/x", "http://127.0.0.1:5000/x"),
            ("[::1]:5000", "http://[::1]:5000/"),
            ("api.example/x", "https://api.example/x"),
            ("api.example:8443/x", "https://api.example:8443/x"),
            ("//api.example/x", "https://api.example/x"),
        ] {
            assert_eq!(parse(typed), Err(InvalidAddress::NoScheme(meant.to_owned())), "{typed}");
        }
    }

    #[test]
    fn passwords_are_refused_and_not_shown() {
        for typed in [
            "http://user:secret@127.0.0.1/x",
            "http://:secret@127.0.0.1/x",
            "https://secret@api.example",
            "user:secret@api.example/x",
            "//:secret@api.example/x",
            "//secret@api.example/x",
        ] {
            let why = parse(typed).expect_err(typed);
            assert_eq!(why, InvalidAddress::Credentials, "{typed}");
            assert!(!why.to_string().contains("secret"));
        }
    }

    #[test]
    fn what_is_no_address_of_a_request_is_refused() {
        for typed in [
            "",
            "ftp://api.example/x",
            "file:///etc/hosts",
            "http://",
            "http://a b/",
            "http://[fe80::1%25eth0]/",
        ] {
            assert!(parse(typed).is_err_and(|why| !matches!(why, InvalidAddress::Credentials)), "{typed}");
        }
        assert_eq!(parse("https://api.example/a\nb"), Err(InvalidAddress::ControlCharacter));
    }
}
