//! Documents that name tests as their evidence name tests that exist, in the file that they link.

use std::collections::{HashMap, HashSet};

use super::Problem;
use super::links::{outside_code, resolve};
use super::tree::{File, Tree};

/// The documents whose tables name tests without linking each one's file.
const DOCUMENTS: &[&str] = &[
    "docs/hardening.md",
    "docs/conformity.md",
    "docs/guides/log-in.md",
    "docs/guides/protect-an-api.md",
    "docs/guides/sidecar-from-texas.md",
];

/// How many underscores a name in backticks has at least for it to be a test's where no file is linked: names of tests are
/// sentences. With fewer there are settings and metrics among them.
const UNDERSCORES: usize = 4;

/// Looks up every test that the documents name: after a link to a Rust file in that file or below its folder, else everywhere.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let functions: HashMap<&str, HashSet<&str>> = tree
        .files
        .iter()
        .filter(|file| file.is_rust())
        .map(|file| (file.path.as_str(), functions(&file.text).collect()))
        .collect();
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (line, name, place) in linked(file) {
            let mut near = functions.iter().filter(|(path, _)| is_at(&place, path));
            if !near.any(|(_, names)| names.contains(name)) {
                let what = format!("no test in {place} is named {name}");
                problems.push(Problem::new(&file.path, line, what, "Link the file that the test is in."));
            }
        }
    }
    for file in tree.files.iter().filter(|file| DOCUMENTS.contains(&file.path.as_str())) {
        for (index, line) in file.text.lines().enumerate() {
            let is_there = |name: &&str| functions.values().any(|names| names.contains(name));
            for name in named(line).filter(|name| !is_there(name)) {
                let what = format!("no test is named {name}");
                problems.push(Problem::new(&file.path, index + 1, what, "Name the test that shows it."));
            }
        }
    }
    problems
}

/// Whether `path` is the linked Rust file, or a file of the module that it begins.
fn is_at(linked: &str, path: &str) -> bool {
    let folder = match linked.rsplit_once('/') {
        Some((folder, "mod.rs" | "main.rs" | "lib.rs")) => folder,
        _ => linked.trim_end_matches(".rs"),
    };
    path == linked || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The names in backticks that follow a link to a Rust file, each with its line and that file. Between them there are only commas.
fn linked(file: &File) -> Vec<(usize, &str, String)> {
    let definition = |line: &str| -> Option<(String, String)> {
        let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
        Some((label.to_owned(), target.to_owned()))
    };
    let definitions: HashMap<String, String> = file.text.lines().filter_map(definition).collect();
    let mut found = Vec::new();
    for (number, line) in outside_code(&file.text) {
        for cell in line.split('|') {
            let mut place: Option<&str> = None;
            for (index, part) in cell.split('`').enumerate() {
                if index % 2 == 0 {
                    place = place_after(part, &definitions, place);
                    continue;
                }
                let at = place
                    .map(|target| target.split('#').next().unwrap_or_default())
                    .filter(|target| target.ends_with(".rs"));
                if let Some(at) = at.and_then(|target| resolve(&file.path, target)) {
                    found.extend(last_names(part).into_iter().map(|name| (number, name, at.clone())));
                }
            }
        }
    }
    found
}

/// What is linked right before the end of this prose; what was linked before it, if it only separates names.
fn place_after<'a>(
    prose: &'a str,
    definitions: &'a HashMap<String, String>,
    before: Option<&'a str>,
) -> Option<&'a str> {
    let separates = |text: &str| text.split([',', ' ']).all(|word| matches!(word, "" | "and"));
    if separates(prose) {
        return before;
    }
    let (text, after) = prose.rsplit_once(']')?;
    let (target, after) = match after.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => (definitions.get(text.rsplit('[').next()?)?.as_str(), after),
    };
    separates(after).then_some(target)
}

/// The names in a text like `a::{b, c::d}` that are no modules: `b` and `d`. None if it is no text of names.
fn last_names(code: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_list = code.contains('{');
    if !code.chars().all(|c| is_name(c) || "{}:,".contains(c) || (c == ' ' && is_list)) {
        return Vec::new();
    }
    let mut names = Vec::new();
    let mut parts = code.split("::").peekable();
    while let Some(part) = parts.next() {
        // What stands before a double colon is a module.
        let part = if parts.peek().is_some() { part.trim_end_matches(is_name) } else { part };
        names.extend(part.split(|c| !is_name(c)).filter(|name| !name.is_empty()));
    }
    names
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
    use crate::tidy::{places, tree::tree};

    #[test]
    fn sentences_in_backticks_are_tests_and_settings_are_not() {
        let line = "| 1 | `token_endpoint`, `A_NAME_OF_FIVE_WORDS` and x_is_not_in_ticks_at_all | `replay::a_proof_is_taken_once_and_no_more`, `a::{b, what_is_b_and_not_c_is_d}` |";
        let names: Vec<_> = named(line).collect();
        assert_eq!(names, ["a_proof_is_taken_once_and_no_more", "what_is_b_and_not_c_is_d"]);
        assert_eq!(functions("async fn one() {}\nfn two<T>() {}").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(last_names("a::{b, c::d}"), ["b", "d"]);
        assert_eq!(last_names("e"), ["e"]);
        assert_eq!(last_names("cargo test e"), [""; 0]);
    }

    #[test]
    fn a_test_is_in_the_file_that_is_linked_before_it_or_below_its_folder() {
        let problems = |row: &str| {
            let text =
                format!("{row}\n\n[a]: crates/a/src/a.rs\n[all]: crates/a/src/mod.rs\n[guide]: b.md\n");
            let files = [
                ("a.md", text.as_str()),
                ("crates/a/src/a.rs", "fn one() {}\nfn aud() {}"),
                ("crates/a/src/a/tests.rs", "fn two() {}"),
                ("crates/a/src/b.rs", "fn three() {}"),
            ];
            places(&check(&tree(&files, vec![]))).len()
        };
        for (row, faults) in [
            ("| x | [a] `aud`, `one` and `two`, [all] `tests::three` |", 0),
            ("| x | [a.rs](crates/a/src/a.rs) `one`, [all] `a::{two, three}` |", 0),
            ("| x | [a] `three` |", 1),
            ("| x | [a.rs](crates/a/src/a.rs) `one`, `three` |", 1),
            ("| x | [all] `four` |", 1),
            // Nothing is said to be in these.
            ("| [a] | `three` |", 0),
            ("| [a] reads `three` | [guide] `four` |", 0),
            ("`three` in [a]", 0),
        ] {
            assert_eq!(problems(row), faults, "{row}");
        }
    }
}
