//! Verdicts for people.

use helseid_protocol::rule::Finding;

/// Each rule and what became of it.
pub(crate) fn lines<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    findings.into_iter().map(ToString::to_string).collect()
}
