//! The address that an API begins with, and what lies below it.

use url::Url;

use super::parse;
use super::path::is_unambiguous;

/// The most bytes of an address.
const MAX_BYTES: usize = 8 * 1024;

/// The address that an API begins with: an origin and a path.
///
/// ```
/// use helseid_protocol::address::Base;
///
/// let base = Base::parse("https://api.example/fhir")?;
/// assert!(base.holds("https://api.example/fhir/Practitioner/1").is_ok());
/// let elsewhere = base.holds("https://api.example/fhir/../admin");
/// assert_eq!(elsewhere, Err("of its path: it has a dot segment".to_owned()));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone)]
pub struct Base {
    origin: String,
    /// Without a slash at the end.
    path: String,
}

impl Base {
    /// Takes an absolute https or http URL without a query.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = parse(text).map_err(|why| why.to_string())?;
        if url.query().is_some() {
            return Err("it has a query".to_owned());
        }
        is_unambiguous(url.path()).map_err(|why| format!("of its path: {why}"))?;
        let path = url.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: url.origin().ascii_serialization(), path })
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Without a slash at the end.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The address as text.
    #[must_use]
    pub fn as_text(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Takes `text`, an absolute URL at the same origin whose path lies below this one and means the same to whoever decodes or
    /// resolves it. Gives the address to be sent to, which is the same text. Says what is wrong without repeating it.
    pub fn holds(&self, text: &str) -> Result<Url, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("it has over {MAX_BYTES} bytes"));
        }
        let url = parse(text).map_err(|_| "it is not an absolute https or http URL".to_owned())?;
        let elsewhere = || format!("it is not below {}", self.as_text());
        if url.origin().ascii_serialization() != self.origin {
            return Err(elsewhere());
        }
        // As it is written, not as the parser understands it.
        if text.contains('#') {
            // A request has none: to some who read it the path goes on behind the `#`, and to others it has ended.
            return Err("it has a fragment".to_owned());
        }
        let (before, _) = text.split_once('?').unwrap_or((text, ""));
        let raw = before.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        let raw = raw.unwrap_or("/");
        is_unambiguous(raw).map_err(|why| format!("of its path: {why}"))?;
        let is_below = |rest: &str| rest.is_empty() || rest.starts_with('/');
        if url.path() != raw || !raw.strip_prefix(&self.path).is_some_and(is_below) {
            return Err(elsewhere());
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_below_the_base_is_taken_as_it_is() {
        let base = Base::parse("https://api.example/fhir/").unwrap();
        for text in [
            "https://api.example/fhir",
            "https://api.example/fhir/",
            "https://api.example/fhir/Patient/1?name=bl%C3%A5&_sort=-a",
            "https://API.example:443/fhir/Patient",
        ] {
            assert!(base.holds(text).is_ok(), "{text}");
        }
        assert!(Base::parse("http://127.0.0.1:5000").unwrap().holds("http://127.0.0.1:5000").is_ok());
        assert_eq!(base.as_text(), "https://api.example/fhir");
    }

    #[test]
    fn an_address_has_an_end() {
        let base = Base::parse("https://api.example/fhir/").unwrap();
        let of = |length: usize| format!("{:x<length$}", "https://api.example/fhir/");
        assert!(base.holds(&of(MAX_BYTES)).is_ok());
        assert_eq!(base.holds(&of(MAX_BYTES + 1)), Err("it has over 8192 bytes".to_owned()));
    }

    #[test]
    fn no_address_outside_the_base_is_taken() {
        let base = Base::parse("https://api.example/fhir").unwrap();
        for text in [
            "https://api.example/",
            "https://api.example/fhirx",
            "https://api.example/fhir/../admin",
            "https://api.example/fhir/%2e%2e/admin",
            "https://api.example/fhir/..%2fadmin",
            "https://api.example/fhir\\..\\admin",
            "https://api.example/fhir/..;/admin",
            "https://api.example/fhir/a#/../../admin",
            "https://api.example/fhir#",
            "https://api.example/fhir?a#b",
            "https://api.example//evil.example/fhir",
            "https://api.example:8443/fhir",
            "http://api.example/fhir",
            "https://api.example.evil.example/fhir",
            "https://api.example@evil.example/fhir",
            "https://user:secret@api.example/fhir",
            "https://evil.example/https://api.example/fhir",
            "https:api.example/fhir",
            "/fhir/Patient",
            "//api.example/fhir",
            "https://api.example/fhir/a\r\nb",
            "",
        ] {
            let why = base.holds(text).expect_err(text);
            assert!(!why.contains("admin") && !why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn a_base_is_an_address_without_a_query() {
        for text in [
            "",
            "/fhir",
            "ftp://api.example",
            "https://api.example/?a=b",
            "https://api.example//a",
            "https://u:p@api.example",
        ] {
            assert!(Base::parse(text).is_err(), "{text}");
        }
    }

    /// Pieces that readers of paths understand in different ways.
    const PIECES: [&str; 26] = [
        "/",
        "//",
        ".",
        "..",
        "%",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
        "%00",
        "%25",
        "%252e",
        "%252f",
        "\\",
        "a",
        "admin",
        "@",
        ":",
        "?",
        "#",
        "evil.example",
        " ",
        "å",
        ";",
        "..;",
        "%3b",
    ];

    const SEGMENTS: [&str; 8] = ["a", "a;v=2", "a;..", "..;", "..;v=2", ".;", "..%3b", "%25"];

    proptest::proptest! {
        /// Whatever follows the base: it is refused, or read below the base by all, decoded or not, resolved or not.
        #[test]
        fn whatever_follows_the_base_stays_below_it(picks in proptest::collection::vec(0..PIECES.len(), 0..12)) {
            let rest: String = picks.iter().map(|at| PIECES[*at]).collect();
            let base = Base::parse("https://api.example/fhir").unwrap();
            if let Ok(url) = base.holds(&format!("https://api.example/fhir{rest}")) {
                base.must_be_above(&url);
            }
        }

        /// The same of whole segments with parameters, of which most are taken.
        #[test]
        fn whatever_parameters_segments_have_they_stay_below_the_base(
            picks in proptest::collection::vec(0..SEGMENTS.len(), 0..4),
        ) {
            let rest: String = picks.iter().map(|at| format!("/{}", SEGMENTS[*at])).collect();
            let base = Base::parse("https://api.example/fhir").unwrap();
            if let Ok(url) = base.holds(&format!("https://api.example/fhir{rest}")) {
                base.must_be_above(&url);
            }
        }

        #[test]
        fn whatever_text_is_taken_is_below_the_base(text in "\\PC{0,40}") {
            let base = Base::parse("https://api.example/fhir").unwrap();
            for text in [text.clone(), format!("https://api.example{text}"), format!("https://api.example/fhir/{text}")] {
                if let Ok(url) = base.holds(&text) {
                    base.must_be_above(&url);
                }
            }
        }
    }
}
