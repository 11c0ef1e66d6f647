//! Words that were replaced by the field's own do not come back.

use super::Problem;
use super::source;
use super::tree::{File, Tree};

/// Names in code that gave way to those of the field, and what to say in their place.
const NAMES: &[(&str, &str)] = &[
    ("AdminDoor", "AdminListen"),
    ("Fleeting", "EphemeralStore"),
    ("first_start", "bootstrap"),
    ("knows_more", "refresh_if_stale"),
    ("LeftInPeace", "CircuitOpen"),
    ("Overtaken", "Conflict"),
    ("Premise", "Precondition"),
    ("registering", "registration"),
    ("Scenario", "ClientFaults"),
    ("SeenProofKey", "CachedProofKey"),
    ("SeenToken", "CachedToken"),
    ("swap_setting", "compare_and_swap"),
];

/// Turns of phrase that a reader must decode, and plain ones. In every text of ours, of any case.
const PHRASES: &[(&str, &str)] = &[
    ("anew", "again, or new"),
    ("left in peace", "the circuit breaker is open"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("no way out", "what could not be created"),
    ("nought", "zero, or nothing"),
    ("of which this is true", "what is wrong with it"),
    ("scenario", "fault"),
    ("scenarios", "faults"),
    ("talk to stderr", "messages are written to stderr"),
];

/// Files that are about the old words: the changelog, and this list.
const EXCEPTED: &[&str] = &["CHANGELOG.md", "xtask/src/tidy/words.rs"];

/// Where an old word is a name that users type, which stands beside the new one for one release.
const KEPT_FOR_A_RELEASE: &[(&str, &str)] = &[
    ("crates/helseid-admin-api/src/lib.rs", "Scenario"),
    ("crates/helseid-admin-api/src/lib.rs", "scenario"),
    ("crates/helseid-admin-api/src/openapi/schema.rs", "mend"),
    ("crates/helseid-admin-api/src/operation/table.rs", "scenarios"),
    ("crates/helseid-api/src/refused.rs", "mend"),
    ("crates/helseid-api/tests/it/described.rs", "mend"),
    ("crates/helseid-authority/src/test_authority.rs", "scenario"),
    ("crates/helseid-protocol/src/rule/verdict.rs", "mend"),
    ("crates/helseid/src/args/authority.rs", "scenarios"),
    ("crates/helseid/src/commands/rules.rs", "mend"),
    ("crates/helseid/src/explain/odd.rs", "mend"),
];

/// Looks through what is written by us.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.files.iter().filter(|file| is_ours(file)).flat_map(in_file).collect()
}

fn is_ours(file: &File) -> bool {
    let ends = [".rs", ".md", ".html", ".sql", ".js", ".css", ".toml", ".txt"];
    let taken_over = ["fixtures/", "docs/decisions/", "bench/", "interop/"];
    ends.iter().any(|end| file.path.ends_with(end))
        && !EXCEPTED.contains(&file.path.as_str())
        && !taken_over.iter().any(|folder| file.path.starts_with(folder))
        && !file.path.ends_with("Cargo.lock")
}

fn in_file(file: &File) -> Vec<Problem> {
    let lower = file.text.to_ascii_lowercase();
    let names = if file.is_rust() { NAMES } else { &[] };
    let names = names.iter().map(|pair| (pair, &file.text));
    let phrases = PHRASES.iter().map(|pair| (pair, &lower));
    let mut problems = Vec::new();
    for ((old, new), text) in names.chain(phrases) {
        if KEPT_FOR_A_RELEASE.contains(&(file.path.as_str(), old)) {
            continue;
        }
        for at in source::words(text, old) {
            let line = source::line_at(&file.text, at);
            problems.push(Problem::new(&file.path, line, format!("says `{old}`"), format!("Say: {new}.")));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    fn problems(path: &str, text: &str) -> Vec<String> {
        places(&check(&tree(&[(path, text)], vec![])))
    }

    #[test]
    fn old_names_are_found_as_whole_words_and_in_code_alone() {
        assert_eq!(problems("crates/a/src/lib.rs", "fn a() {}\nstruct Premise;"), ["crates/a/src/lib.rs:2"]);
        assert!(
            problems("crates/a/src/lib.rs", "struct Premises; fn recommend() {} // amendment").is_empty()
        );
        assert!(problems("docs/a.md", "A Premise of the text.").is_empty());
    }

    #[test]
    fn old_phrases_are_found_in_every_text_and_any_case() {
        assert_eq!(problems("docs/a.md", "one\nHow to Mend it"), ["docs/a.md:2"]);
        assert_eq!(problems("crates/a/src/lib.rs", "// written anew"), ["crates/a/src/lib.rs:1"]);
        assert!(problems("CHANGELOG.md", "`mend` is `fix`").is_empty());
        assert!(problems("fixtures/a.txt", "mend").is_empty());
        assert!(problems("crates/helseid/src/explain/odd.rs", "mend: String").is_empty());
    }
}
