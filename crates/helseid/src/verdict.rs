//! A verdict for people: what became of each rule.

use helseid_protocol::rule::{Finding, Outcome};

/// A line for each rule, and for one that was broken what was expected, what came, and how to mend it.
pub(crate) fn lines<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        let rule = finding.rule;
        let mark = match finding.outcome {
            Outcome::Passed => "passed",
            Outcome::Warned(_) => "WARNED",
            Outcome::Failed(_) => "FAILED",
            Outcome::NotReached => "-",
        };
        text.push_str(&format!("{mark:<7} {:<26} {}\n", rule.id(), rule.statement()));
        if let Some(facts) = finding.outcome.facts() {
            text.push_str(&format!("        expected {}\n", facts.expected));
            text.push_str(&format!("        got      {}\n", facts.got));
            text.push_str(&format!("        mend     {}\n", rule.mend()));
            text.push_str(&format!("        source   {}\n", rule.source()));
        }
    }
    text
}
