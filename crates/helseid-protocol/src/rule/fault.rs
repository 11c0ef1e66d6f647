//! A breach of a rule by the peer, and what goes on the wire for it.

use std::fmt;

use super::{ErrorCode, Rule};
use crate::secret::shown;

/// What was expected and what came.
///
/// Never holds a secret: whoever makes one leaves signatures, tokens and keys out, and what looks like one is hidden if a
/// stranger sent it where it does not belong.
///
/// ```
/// use helseid_protocol::rule::Facts;
///
/// let facts = Facts::new("a token for nhn:my-api", "one for nhn:another-api");
/// assert_eq!(facts.expected, "a token for nhn:my-api");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What would have been right.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// What happened, in a sentence of its own, where the rule's words and the two sides say less.
    pub(super) said: Option<String>,
}

impl Facts {
    /// Both sides of a breach.
    pub fn new(expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self { expected: shown(&expected.to_string()), got: shown(&got.to_string()), said: None }
    }

    /// The same, where what came is a value of the peer's: in quotes, so that it is not read as a word of ours.
    pub fn value(expected: impl fmt::Display, value: impl fmt::Display) -> Self {
        Self::new(expected, format_args!("'{}'", shown(&value.to_string())))
    }

    /// Says what happened in a sentence without its full stop, such as `no client is registered as 'x'`.
    #[must_use]
    pub fn saying(self, sentence: impl fmt::Display) -> Self {
        Self { said: Some(shown(&sentence.to_string())), ..self }
    }

    /// Something that should have been there is not.
    pub fn missing(expected: impl fmt::Display) -> Self {
        Self::new(expected, "nothing")
    }
}

/// The peer broke a rule.
///
/// ```
/// use helseid_protocol::rule::{Facts, Fault, Rule};
///
/// let fault = Fault::new(Rule::DpopAth, Facts::new("the hash of the token", "another hash"));
/// // For a log, and for a person who reads it.
/// println!("{}: {}", fault.rule().id(), fault.explanation());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    rule: Rule,
    facts: Facts,
}

/// The most characters of one fact that leave for a stranger: a scope of the greatest length is whole.
const MAX_FACT_CHARS: usize = 280;

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

    /// What happened, in one sentence.
    #[must_use]
    pub fn happened(&self) -> String {
        let Facts { expected, got, said } = &self.facts;
        match said {
            Some(sentence) => format!("{sentence}."),
            None => format!("{}: expected {expected}, got {got}.", self.rule.breach()),
        }
    }

    /// `error_description`: what happened, the rule, what to do, and the rule's id, with nothing outside the characters that
    /// RFC 6749 section 5.2 allows. Each fact is cut to 280 characters.
    ///
    /// Begins with HelseID's own number where the rule has one, such as `HID-1004: ` or `HID-DOUBLE-STRUCTURE: `.
    #[must_use]
    pub fn description(&self) -> String {
        format!("{} {} (rule {})", self.told(), self.rule.fix(), self.rule.id())
    }

    /// The same without what to do, for answers that have a place of its own for that.
    #[must_use]
    pub fn explanation(&self) -> String {
        format!("{} (rule {})", self.told(), self.rule.id())
    }

    fn told(&self) -> String {
        let rule = self.rule;
        let number = helseid_number(rule).map(|number| format!("HID-{number}: ")).unwrap_or_default();
        let cut = |fact: &String| for_strangers(fact);
        let Facts { expected, got, said } = &self.facts;
        let facts = Facts { expected: cut(expected), got: cut(got), said: said.as_ref().map(cut) };
        let happened = Self { rule, facts }.happened();
        format!("{number}{happened} {}", rule.statement())
    }
}

/// HelseID's own error numbers, which organisation numbers have, and the one error that it has a name for (HelseID: organisation
/// numbers; profile for the trust framework).
const fn helseid_number(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::DetailsParentAllowed => Some("1001"),
        Rule::DetailsChildAllowed => Some("1002"),
        Rule::DetailsChildOfParent => Some("1003"),
        Rule::DetailsNumber => Some("1004"),
        Rule::DetailsParentEnabled => Some("1005"),
        Rule::DetailsChildEnabled => Some("1006"),
        Rule::DetailsName | Rule::DetailsForm | Rule::DetailsType => Some("1007"),
        Rule::DetailsSupported => Some("1010"),
        Rule::CodeDetailsPlace | Rule::RefreshDetailsPlace => Some("DOUBLE-STRUCTURE"),
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
        let got = format!("a\"b\\c\u{e5}\n{}", "x".repeat(400));
        let fault = Fault::new(Rule::AssertionAud, Facts::value("the issuer", got));
        let description = fault.description();
        assert!(description.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{description}");
        assert!(description.contains("a'b'c??xxx"), "{description}");
        assert!(description.ends_with("(rule assertion.aud)"), "{description}");
        assert!(description.len() < 800, "{description}");
    }

    #[test]
    fn a_description_says_what_happened_then_the_rule_then_what_to_do() {
        let fault = Fault::new(Rule::AssertionAud, Facts::value("https://sts.example", "nobody"));
        let [happened, rule, next] =
            ["expected https://sts.example, got 'nobody'.", "must be the issuer", "Set aud to"].map(|part| {
                fault.description().find(part).unwrap_or_else(|| panic!("{part}: {}", fault.description()))
            });
        assert!(happened < rule && rule < next);
        let said = Facts::value("a registered client", "x").saying("No client is registered as 'x'");
        let fault = Fault::new(Rule::AssertionClient, said);
        assert!(
            fault.description().starts_with("No client is registered as 'x'. The assertion's client must be")
        );
    }

    #[test]
    fn a_scope_of_any_length_is_told_whole() {
        let scope = "x".repeat(256);
        let fault = Fault::new(Rule::RequestScopeAllowed, Facts::value("other scopes", &scope));
        assert!(fault.description().contains(&format!("'{scope}'")));
    }

    #[test]
    fn organisation_errors_begin_with_helseids_number() {
        let fault = Fault::new(Rule::DetailsNumber, Facts::new("nine digits", "99"));
        assert!(
            fault.description().starts_with("HID-1004: An organisation number is invalid: expected nine")
        );
    }

    #[test]
    fn an_attestation_in_two_places_has_helseids_name() {
        for rule in [Rule::CodeDetailsPlace, Rule::RefreshDetailsPlace] {
            let fault = Fault::new(rule, Facts::new("one", "two"));
            assert!(fault.description().starts_with("HID-DOUBLE-STRUCTURE: An attestation is sent twice"));
            assert_eq!(fault.code().as_str(), "access_denied");
        }
    }

    #[test]
    fn statements_are_fit_for_the_wire_as_they_are() {
        for rule in Rule::ALL {
            for text in [rule.statement(), rule.id(), rule.breach(), rule.fix()] {
                assert!(text.chars().all(|c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~')), "{text}");
            }
        }
    }
}
