//! `WWW-Authenticate`: how an API says what it wants (RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9449 section 7.1).
//!
//! Read and written here, since libraries for HTTP headers know this one as one text, or with one challenge: an API may send
//! several in one header, and a comma parts challenges as well as parameters.

use std::borrow::Cow;
use std::fmt;

use crate::endpoint::token::TokenType;
use crate::jose::AlgorithmSet;
use crate::rule::Fault;

/// One challenge: a scheme and its parameters.
///
/// ```
/// use helseid_protocol::challenge::Challenge;
/// use helseid_protocol::endpoint::token::TokenType;
///
/// let header = r#"Bearer, DPoP error="use_dpop_nonce", algs="ES256 PS256""#;
/// let challenges = Challenge::read(header)?;
/// let dpop = challenges.iter().find(|challenge| challenge.is(TokenType::Dpop));
/// assert_eq!(dpop.and_then(|dpop| dpop.parameter("error")), Some("use_dpop_nonce"));
/// // The other way round, as an API sends one.
/// let sent = Challenge::new(TokenType::Dpop).with("error", "invalid_token");
/// assert_eq!(sent.to_string(), r#"DPoP error="invalid_token""#);
/// # Ok::<(), helseid_protocol::challenge::InvalidChallenge>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// The most bytes of a header that are read: 8 KiB.
const MAX_BYTES: usize = 8 * 1024;

/// The most challenges and parameters of a header that are read.
const MAX_PARTS: usize = 64;

/// The header is no list of challenges.
///
/// ```
/// use helseid_protocol::challenge::{Challenge, InvalidChallenge};
///
/// assert_eq!(Challenge::read(r#"DPoP error="never closed"#), Err(InvalidChallenge));
/// assert_eq!(InvalidChallenge.to_string(), "it is not a list of challenges of at most 8 KiB");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a list of challenges of at most 8 KiB")]
pub struct InvalidChallenge;

impl Challenge {
    /// A challenge without parameters.
    #[must_use]
    pub fn new(scheme: TokenType) -> Self {
        Self { scheme: scheme.as_str().to_owned(), parameters: Vec::new() }
    }

    /// Adds a parameter; what may not stand in a quoted text is replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.push((name.to_owned(), value.into()));
        self
    }

    /// Adds `error` and `error_description`.
    #[must_use]
    pub fn with_fault(self, fault: &Fault) -> Self {
        self.with("error", fault.code().as_str()).with("error_description", fault.description())
    }

    /// Adds `algs` (RFC 9449 section 5.1).
    #[must_use]
    pub fn with_algorithms(self, algorithms: AlgorithmSet) -> Self {
        self.with("algs", algorithms.names().join(" "))
    }

    /// The scheme as it stands there.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it is this scheme, whatever the case.
    #[must_use]
    pub fn is(&self, scheme: TokenType) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme.as_str())
    }

    /// The parameter of this name, whatever the case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Reads the challenges of one header; several headers are read one by one. A quoted text may hold bytes beyond ASCII
    /// (RFC 9110 section 5.6.4): they are read as UTF-8, and as Latin-1 where they are not that.
    pub fn read(header: impl AsRef<[u8]>) -> Result<Vec<Self>, InvalidChallenge> {
        let header = header.as_ref();
        if header.len() > MAX_BYTES {
            return Err(InvalidChallenge);
        }
        let header = match std::str::from_utf8(header) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(header.iter().copied().map(char::from).collect()),
        };
        let mut text = Reader { rest: &header };
        let mut challenges: Vec<Self> = Vec::new();
        for _ in 0..MAX_PARTS {
            text.skip(|c| matches!(c, ' ' | '\t' | ','));
            if text.rest.is_empty() {
                return Ok(challenges);
            }
            let name = text.token()?.to_owned();
            text.skip(|c| matches!(c, ' ' | '\t'));
            match (text.parameter_value()?, challenges.last_mut()) {
                (Some(value), Some(challenge)) => challenge.parameters.push((name, value)),
                (Some(_), None) => return Err(InvalidChallenge),
                (None, _) => challenges.push(Self { scheme: name, parameters: Vec::new() }),
            }
        }
        Err(InvalidChallenge)
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.scheme)?;
        for (place, (name, value)) in self.parameters.iter().enumerate() {
            let value: String = value.chars().map(quotable).collect();
            write!(out, "{} {name}=\"{value}\"", if place == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// RFC 6750 section 3: printable ASCII without quote and backslash.
fn quotable(c: char) -> char {
    match c {
        '"' | '\\' => '\'',
        ' '..='~' => c,
        _ => '?',
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, which: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(which);
    }

    /// RFC 9110 section 5.6.2.
    fn token(&mut self) -> Result<&'a str, InvalidChallenge> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let end = self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len());
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        if token.is_empty() { Err(InvalidChallenge) } else { Ok(token) }
    }

    /// What follows a parameter's name: `=` and a token or a quoted text. Nothing if no `=` follows.
    fn parameter_value(&mut self) -> Result<Option<String>, InvalidChallenge> {
        let Some(rest) = self.rest.strip_prefix('=') else { return Ok(None) };
        self.rest = rest;
        self.skip(|c| matches!(c, ' ' | '\t'));
        match self.rest.strip_prefix('"') {
            None => self.token().map(|token| Some(token.to_owned())),
            Some(rest) => {
                self.rest = rest;
                self.quoted().map(Some)
            }
        }
    }

    fn quoted(&mut self) -> Result<String, InvalidChallenge> {
        let mut value = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next().ok_or(InvalidChallenge)? {
                '"' => break,
                '\\' => value.push(characters.next().ok_or(InvalidChallenge)?),
                other => value.push(other),
            }
        }
        self.rest = characters.as_str();
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::jose::Algorithm;
    use crate::rule::{Facts, Rule};

    #[test]
    fn what_is_written_is_read_back() {
        let fault = Fault::new(Rule::ApiScope, Facts::new("a/read", "a \"b\" \u{e5}"));
        let challenge = Challenge::new(TokenType::Dpop)
            .with_fault(&fault)
            .with("scope", "a/read")
            .with_algorithms(AlgorithmSet::of(&[Algorithm::ES256, Algorithm::PS256]));
        let read = Challenge::read(challenge.to_string()).expect("a challenge");
        assert_eq!(read.len(), 1);
        assert!(read[0].is(TokenType::Dpop));
        assert_eq!(read[0].parameter("ERROR"), Some("insufficient_scope"));
        assert_eq!(read[0].parameter("algs"), Some("PS256 ES256"));
        assert_eq!(read[0].parameter("scope"), Some("a/read"));
    }

    #[test]
    fn several_challenges_stand_in_one_header() {
        let read = Challenge::read(r#"DPoP algs="ES256", Bearer realm="a, b\"c", error=invalid_token,Basic"#);
        let read = read.expect("challenges");
        let schemes: Vec<_> = read.iter().map(Challenge::scheme).collect();
        assert_eq!(schemes, ["DPoP", "Bearer", "Basic"]);
        assert_eq!(read[1].parameter("realm"), Some("a, b\"c"));
        assert_eq!(read[1].parameter("error"), Some("invalid_token"));
    }

    #[test]
    fn names_of_schemes_and_parameters_have_no_case() {
        for header in
            ["DPoP error=\"use_dpop_nonce\"", "dpop Error=use_dpop_nonce", "DPOP ERROR=use_dpop_nonce"]
        {
            let challenges = Challenge::read(header).unwrap();
            let [challenge] = &challenges[..] else { panic!("{header}") };
            assert!(challenge.is(TokenType::Dpop) && !challenge.is(TokenType::Bearer), "{header}");
            assert_eq!(challenge.parameter("error"), Some("use_dpop_nonce"), "{header}");
        }
    }

    #[test]
    fn a_text_beyond_ascii_hides_no_parameter() {
        let header = |description: &[u8]| {
            [br#"DPoP error_description=""#, description, br#"", error="use_dpop_nonce""#].concat()
        };
        for (bytes, text) in [("n\u{f8}kkel".as_bytes(), "n\u{f8}kkel"), (b"n\xF8kkel", "n\u{f8}kkel")] {
            let read = Challenge::read(header(bytes)).expect("a challenge").remove(0);
            assert_eq!(read.parameter("error_description"), Some(text));
            assert_eq!(read.parameter("error"), Some("use_dpop_nonce"));
        }
        assert_eq!(Challenge::read("DPoP n\u{f8}kkel=x"), Err(InvalidChallenge), "outside of quotes");
    }

    #[test]
    fn what_is_no_challenge_is_refused() {
        for text in ["=", "a=b", "DPoP algs=\"x", "DPoP algs=", "\"", "DPoP a=\"b\\"] {
            assert_eq!(Challenge::read(text), Err(InvalidChallenge), "{text}");
        }
        assert_eq!(Challenge::read("a,".repeat(100)), Err(InvalidChallenge));
        assert_eq!(Challenge::read(" ".repeat(10_000)), Err(InvalidChallenge));
    }

    proptest! {
        #[test]
        fn any_value_survives_its_quotes(value in "[ -!#-\\[\\]-~]{0,60}") {
            let written = Challenge::new(TokenType::Bearer).with("error_description", value.clone()).to_string();
            let read = Challenge::read(&written).expect("a challenge");
            prop_assert_eq!(read[0].parameter("error_description"), Some(value.as_str()));
        }
    }
}
