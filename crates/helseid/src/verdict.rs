//! Verdicts for people.

use helseid_protocol::rule::{Finding, Rule};
use serde::Serialize;

/// What to do about an API that asks for Bearer and does not take DPoP.
pub(crate) const BEARER_ALONE: &str = "ask the API's owner for DPoP; if it accepts only Bearer, register a client with --profile legacy, and call it with helseid call --scheme bearer";

/// The rule at the end of a description of ours: `(rule assertion.aud)`.
pub(crate) fn named(description: &str) -> Option<Rule> {
    let (_, end) = description.rsplit_once("(rule ")?;
    Rule::by_id(end.split(')').next()?)
}

/// Each rule and what became of it.
pub(crate) fn lines<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    findings.into_iter().map(ToString::to_string).collect()
}

/// The number of a check of RFC 9449 section 4.3, as its source names it: `9`, `12a`; rules of other sources come last.
pub(crate) fn check_number(rule: Rule) -> (u32, &'static str) {
    let number = rule.source().split("section 4.3 (").nth(1).and_then(|rest| rest.split(')').next());
    let number = number.unwrap_or_default();
    (number.trim_end_matches(['a', 'b']).parse().unwrap_or(u32::MAX), number)
}

/// The same with the number of each check before it.
pub(crate) fn numbered(findings: &[&Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (_, number) = check_number(finding.rule);
        let mut before = if number.is_empty() { String::new() } else { format!("({number})") };
        for line in finding.to_string().lines() {
            text.push_str(&format!("{before:<5} {line}\n"));
            before.clear();
        }
    }
    text
}

/// A finding with its number in JSON.
#[derive(Serialize)]
pub(crate) struct Numbered<'a> {
    check: Option<&'static str>,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Each finding with its number.
pub(crate) fn with_numbers<'a>(findings: &[&'a Finding]) -> Vec<Numbered<'a>> {
    let numbered = |finding: &&'a Finding| {
        let (_, number) = check_number(finding.rule);
        Numbered { check: Some(number).filter(|number| !number.is_empty()), finding }
    };
    findings.iter().map(numbered).collect()
}
