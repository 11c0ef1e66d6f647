//! What pages say of a rule, in their language. `norwegian/rules.txt` has the id of each rule that pages show, and
//! below it its statement, breach and fix in Norwegian.

use std::collections::HashMap;
use std::sync::LazyLock;

use helseid_protocol::rule::Rule;

use super::language::Language;

/// The texts of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RuleText {
    /// What must hold.
    pub(crate) statement: &'static str,
    /// What happened where it is broken.
    pub(crate) breach: &'static str,
    /// How to fix that.
    pub(crate) fix: &'static str,
}

static NORWEGIAN: LazyLock<HashMap<&str, RuleText>> = LazyLock::new(|| blocks().collect());

fn blocks() -> impl Iterator<Item = (&'static str, RuleText)> {
    include_str!("norwegian/rules.txt").split("\n\n").filter_map(|block| {
        let mut lines = block.trim().lines();
        let (id, statement, breach, fix) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        Some((id, RuleText { statement, breach, fix }))
    })
}

/// The texts of a rule; in English if there are no others.
pub(crate) fn text(language: Language, rule: Rule) -> RuleText {
    let english = RuleText { statement: rule.statement(), breach: rule.breach(), fix: rule.fix() };
    match language {
        Language::English => english,
        Language::Norwegian => NORWEGIAN.get(rule.id()).copied().unwrap_or(english),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use helseid_protocol::grant::GrantType;
    use helseid_protocol::rule::Endpoint;

    use super::*;

    /// The rules of requests in the trace and in reports, those of logins, and those of keys that a form registers.
    fn shown() -> BTreeSet<&'static str> {
        let token = GrantType::ALL.into_iter().map(Endpoint::Token);
        let others = [
            Endpoint::Registration,
            Endpoint::Par,
            Endpoint::Authorize,
            Endpoint::UserInfo,
            Endpoint::EndSession,
            Endpoint::Revocation,
            Endpoint::Introspection,
            Endpoint::Api,
        ];
        token.chain(others).flat_map(Rule::at).map(Rule::id).collect()
    }

    #[test]
    fn every_rule_that_a_page_shows_has_norwegian_texts_once_and_no_other_has() {
        let ids: Vec<_> = blocks().map(|(id, _)| id).collect();
        let known: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "a rule stands twice");
        assert_eq!(known, shown());
    }

    #[test]
    fn no_norwegian_text_is_english_or_less_than_a_sentence() {
        for rule in shown().into_iter().filter_map(Rule::by_id) {
            let (english, norwegian) = (text(Language::English, rule), text(Language::Norwegian, rule));
            assert_ne!(norwegian.statement, english.statement, "{}", rule.id());
            assert_ne!(norwegian.breach, english.breach, "{}", rule.id());
            assert_ne!(norwegian.fix, english.fix, "{}", rule.id());
            assert!(norwegian.statement.ends_with('.') && norwegian.fix.ends_with('.'), "{}", rule.id());
            assert!(!norwegian.breach.ends_with('.'), "{}", rule.id());
        }
    }
}
