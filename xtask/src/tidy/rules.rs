//! Every rule of the catalogue has a test that names it, by its id or as `Rule::Name`.

use super::Problem;
use super::source::{self, Source};
use super::tree::{File, Tree};

const CATALOGUE: &str = "crates/helseid-protocol/src/rule/catalogue/";

/// Where rules are tested as data; that a rule is named here says nothing about its check.
const DATA: &str = "crates/helseid-protocol/src/rule/";

struct Rule<'a> {
    path: &'a str,
    name: &'a str,
    id: &'a str,
    line: usize,
}

/// Looks for each rule in the code of all tests.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let catalogue = tree.files.iter().filter(|file| file.path.starts_with(CATALOGUE));
    let rules: Vec<_> = catalogue.flat_map(rules).collect();
    if rules.is_empty() {
        return vec![Problem::new(
            "xtask/src/tidy/rules.rs",
            1,
            format!("{CATALOGUE} holds no rules"),
            "Say here where the rules are now, and how they are written.",
        )];
    }
    let checks =
        |file: &&File| file.is_rust() && !file.path.starts_with(DATA) && !file.path.starts_with("xtask/");
    let tests: Vec<_> = tree.files.iter().filter(checks).map(|file| Source::of(file).tests).collect();
    rules
        .iter()
        .filter(|rule| !tests.iter().any(|text| names(text, rule)))
        .map(|rule| {
            Problem::new(
                rule.path,
                rule.line,
                format!("the rule {} has no test", rule.id),
                format!(
                    "Write one that takes a valid request, breaks this alone, and expects Rule::{}.",
                    rule.name
                ),
            )
        })
        .collect()
}

fn names(tests: &str, rule: &Rule<'_>) -> bool {
    tests.contains(&format!("\"{}\"", rule.id))
        || source::words(tests, &format!("Rule::{}", rule.name)).next().is_some()
}

/// The catalogue's lines of the form `Name "family.id" [Endpoint …`.
fn rules(catalogue: &File) -> impl Iterator<Item = Rule<'_>> {
    let lines = catalogue.text.lines().enumerate();
    lines.filter_map(|(index, line)| parse(&catalogue.path, index + 1, line))
}

fn parse<'a>(path: &'a str, line: usize, text: &'a str) -> Option<Rule<'a>> {
    let mut words = text.split_whitespace();
    let name = words.next().filter(|name| name.chars().all(char::is_alphanumeric))?;
    let id = words.next()?.strip_prefix('"')?.strip_suffix('"').filter(|id| id.contains('.'))?;
    words.next().filter(|endpoints| endpoints.starts_with('['))?;
    Some(Rule { path, name, id, line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    const DPOP: &str = "crates/helseid-protocol/src/rule/catalogue/dpop.rs";
    const RULES: (&str, &str) = (
        DPOP,
        "Dpop {\n    DpopHtm \"dpop.htm\" [Api] Code\n        \"Holds.\"\n    DpopHtu \"dpop.htu\" [Api | B] Code\n}",
    );

    fn problems(path: &str, text: &str) -> Vec<String> {
        places(&check(&tree(&[RULES, (path, text)], vec![])))
    }

    #[test]
    fn rules_that_tests_name_pass() {
        let tests = "fn a() { refused(Rule::DpopHtm); refused(\"dpop.htu\"); }";
        assert!(problems("crates/a/src/tests.rs", tests).is_empty());
        assert!(problems("crates/a/tests/it/main.rs", tests).is_empty());
        assert!(
            problems("crates/a/src/lib.rs", &format!("#[cfg(test)]\nmod tests {{ {tests} }}")).is_empty()
        );
    }

    #[test]
    fn a_rule_is_not_tested_by_the_product_nor_by_a_comment_nor_by_a_longer_name() {
        for (path, text) in [
            ("crates/a/src/lib.rs", "fn a() { refused(Rule::DpopHtm, Rule::DpopHtu); }"),
            ("crates/a/src/tests.rs", "// Rule::DpopHtm, \"dpop.htu\""),
            ("crates/a/src/tests.rs", "refused(Rule::DpopHtmOnce, \"dpop.htu_once\");"),
            ("crates/helseid-protocol/src/rule/tests.rs", "refused(Rule::DpopHtm, Rule::DpopHtu);"),
        ] {
            assert_eq!(problems(path, text), [format!("{DPOP}:2"), format!("{DPOP}:4")], "{text}");
        }
    }

    #[test]
    fn a_catalogue_that_moved_is_found() {
        assert_eq!(places(&check(&tree(&[], vec![]))), ["xtask/src/tidy/rules.rs:1"]);
    }
}
