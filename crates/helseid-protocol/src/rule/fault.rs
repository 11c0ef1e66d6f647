//! A breach of a rule by the peer, and what goes on the wire for it.

use std::fmt;

use super::Rule;
use crate::secret::shown;

/// What was expected and what came.
///
/// Never holds a secret: whoever makes one leaves signatures, tokens and keys out, and what looks like one is hidden if a
/// stranger sent it where it does not belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What would have been right.
    pub expected: String,
    /// What came instead.
    pub got: String,
}

impl Facts {
    /// Both sides of a breach.
    pub fn new(expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self { expected: shown(&expected.to_string()), got: shown(&got.to_string()) }
    }

    /// Something that should have been there is not.
    pub fn missing(expected: impl fmt::Display) -> Self {
        Self::new(expected, "nothing")
    }
}

/// The error codes of RFC 6749, 6750, 7591, 8707, 9449 and 9470 that a fault can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// RFC 6749 section 5.2.
    InvalidRequest,
    /// RFC 6749 section 5.2.
    InvalidClient,
    /// RFC 6749 section 5.2.
    UnauthorizedClient,
    /// RFC 6749 section 5.2.
    UnsupportedGrantType,
    /// RFC 6749 section 5.2.
    InvalidScope,
    /// RFC 8707 section 2.
    InvalidTarget,
    /// RFC 9449 section 8.
    UseDpopNonce,
    /// RFC 9449 section 5.
    InvalidDpopProof,
    /// RFC 6750 section 3.1.
    InvalidToken,
    /// RFC 6750 section 3.1.
    InsufficientScope,
    /// RFC 9470 section 3.
    InsufficientUserAuthentication,
    /// RFC 7591 section 3.2.2.
    InvalidClientMetadata,
}

impl ErrorCode {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::InvalidClientMetadata => "invalid_client_metadata",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The peer broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    rule: Rule,
    facts: Facts,
}

/// The most characters of one fact that leave for a stranger.
const MAX_FACT_CHARS: usize = 64;

impl Fault {
    /// A breach of `rule`.
    #[must_use]
    pub const fn new(rule: Rule, facts: Facts) -> Self {
        Self { rule, facts }
    }

    /// The broken rule.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// What was expected and what came, in full; for our own log and trace.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The code for the wire.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.rule.code()
    }

    /// `error_description`: the rule's sentence with its id, and the facts, each cut to 64 characters, with nothing
    /// outside the characters that RFC 6749 section 5.2 allows.
    ///
    /// Begins with HelseID's own number where the rule has one, such as `HID-1004: `.
    #[must_use]
    pub fn description(&self) -> String {
        let number = helseid_number(self.rule).map(|number| format!("HID-{number}: "));
        format!(
            "{}{} Expected {}, got {}. (rule {})",
            number.unwrap_or_default(),
            self.rule.statement(),
            for_strangers(&self.facts.expected),
            for_strangers(&self.facts.got),
            self.rule.id(),
        )
    }
}

/// HelseID's own error numbers, which only organisation numbers have (HelseID: organisation numbers).
const fn helseid_number(rule: Rule) -> Option<u16> {
    match rule {
        Rule::DetailsParentAllowed => Some(1001),
        Rule::DetailsChildAllowed => Some(1002),
        Rule::DetailsChildOfParent => Some(1003),
        Rule::DetailsNumber => Some(1004),
        Rule::DetailsParentEnabled => Some(1005),
        Rule::DetailsChildEnabled => Some(1006),
        Rule::DetailsName | Rule::DetailsForm => Some(1007),
        Rule::DetailsSupported => Some(1010),
        _ => None,
    }
}

/// Cuts `fact` and replaces what `error_description` may not hold: all but printable ASCII
/// without `"` and `\`.
fn for_strangers(fact: &str) -> String {
    let allowed = |c: char| match c {
        '"' | '\\' => '\'',
        ' '..='~' => c,
        _ => '?',
    };
    let mut text: String = fact.chars().take(MAX_FACT_CHARS).map(allowed).collect();
    if fact.chars().nth(MAX_FACT_CHARS).is_some() {
        text.push_str("...");
    }
    text
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: expected {}, got {}", self.rule.id(), self.facts.expected, self.facts.got)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_only_what_rfc_6749_allows() {
        let got = format!("a\"b\\c\u{e5}\n{}", "x".repeat(100));
        let fault = Fault::new(Rule::AssertionAud, Facts::new("the issuer", got));
        let description = fault.description();
        assert!(description.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{description}");
        assert!(description.contains("a'b'c??xxx"), "{description}");
        assert!(description.contains("(rule assertion.aud)"), "{description}");
        assert!(description.len() < 400, "{description}");
    }

    #[test]
    fn organisation_errors_begin_with_helseids_number() {
        let fault = Fault::new(Rule::DetailsNumber, Facts::new("nine digits", "99"));
        assert!(fault.description().starts_with("HID-1004: An organisation number has nine digits. "));
    }

    #[test]
    fn statements_are_fit_for_the_wire_as_they_are() {
        for rule in Rule::ALL {
            for text in [rule.statement(), rule.id()] {
                assert!(text.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{text}");
            }
        }
    }
}
