//! Documents that name tests as their evidence name tests that exist.

use std::collections::HashSet;

use super::Problem;
use super::tree::Tree;

/// The documents whose tables name tests.
const DOCUMENTS: &[&str] = &[
    "docs/hardening.md",
    "docs/conformity.md",
    "docs/guides/log-in.md",
    "docs/guides/protect-an-api.md",
    "docs/guides/sidecar-from-texas.md",
];

/// How many underscores a name in backticks has at least for it to be a test's: names of tests are sentences.
const UNDERSCORES: usize = 4;

/// Looks up every test that the documents name.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let sources = || tree.files.iter().filter(|file| file.is_rust());
    let functions: HashSet<&str> = sources().flat_map(|file| functions(&file.text)).collect();
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| DOCUMENTS.contains(&file.path.as_str())) {
        for (index, line) in file.text.lines().enumerate() {
            for name in named(line).filter(|name| !functions.contains(name)) {
                problems.push(Problem::new(
                    &file.path,
                    index + 1,
                    format!("no test is named {name}"),
                    "Name the test that shows it.",
                ));
            }
        }
    }
    problems
}

/// The names of tests between backticks, without the modules before them.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let between = line.split('`').skip(1).step_by(2);
    let names = between.flat_map(|text| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    // Variables of the environment are in capitals.
    let is_test = |name: &&str| !name.contains(|c: char| c.is_ascii_uppercase());
    names.filter(is_test).filter(|name| name.matches('_').count() >= UNDERSCORES)
}

/// The names of all functions in a source file.
fn functions(source: &str) -> impl Iterator<Item = &str> {
    source.match_indices("fn ").filter_map(|(at, keyword)| {
        source[at + keyword.len()..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_in_backticks_are_tests_and_settings_are_not() {
        let line = "| 1 | `token_endpoint`, `A_NAME_OF_FIVE_WORDS` and x_is_not_in_ticks_at_all | `replay::a_proof_is_taken_once_and_no_more`, `a::{b, what_is_b_and_not_c_is_d}` |";
        let names: Vec<_> = named(line).collect();
        assert_eq!(names, ["a_proof_is_taken_once_and_no_more", "what_is_b_and_not_c_is_d"]);
        assert_eq!(functions("async fn one() {}\nfn two<T>() {}").collect::<Vec<_>>(), ["one", "two"]);
    }
}
