//! Nothing is skipped or left for later.

use super::Problem;
use super::source::{self, Source};
use super::tree::Tree;

/// What stands in code, why it may not, and what to do.
const IN_CODE: &[(&str, &str)] = &[
    ("#[ignore", "Make the test pass, or remove it: a skipped test tells nothing."),
    ("todo!", "Write it, or leave it out."),
    ("unimplemented!", "Write it, or leave it out."),
    ("dbg!", "Remove it, or log with tracing."),
    ("thread::sleep", "Wait for what is to happen, or take the test's own clock."),
];

/// What stands in comments.
const IN_TEXT: &[(&str, &str)] = &[
    ("FIXME", "Fix it now, or note it in docs/limits.md."),
    ("```ignore", "Make the example compile: use no_run for one that needs a network."),
];

/// Looks through the sources of products and samples.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_product_source()) {
        let code = Source::of(file).code;
        let mut found = Vec::new();
        for (needle, fix) in IN_CODE {
            found.extend(source::words(&code, needle).map(|at| (at, needle, fix)));
        }
        for (needle, fix) in IN_TEXT {
            found.extend(file.text.match_indices(needle).map(|(at, _)| (at, needle, fix)));
        }
        found.sort_unstable();
        for (at, needle, fix) in found {
            let line = source::line_at(&file.text, at);
            problems.push(Problem::new(&file.path, line, format!("holds `{needle}`"), *fix));
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
    fn finished_code_passes() {
        assert!(
            problems("crates/a/src/lib.rs", "// no todo! here\nfn a() { \"dbg!\"; my_dbg!(); }").is_empty()
        );
        assert!(problems("xtask/src/a.rs", "// FIXME").is_empty());
    }

    #[test]
    fn each_leftover_is_found() {
        for text in [
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "todo!()",
            "std::thread::sleep(pause)",
            "unimplemented!()",
            "dbg!(a)",
            "// FIXME",
            "/// ```ignore",
        ] {
            assert_eq!(
                problems("crates/a/src/tests.rs", &format!("\n{text}")),
                ["crates/a/src/tests.rs:2"],
                "{text}"
            );
        }
    }
}
