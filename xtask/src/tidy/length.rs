//! Files are short enough to read in one sitting.

use super::Problem;
use super::tree::{File, Tree};

const LONGEST: usize = 400;

/// Counts the lines of the crates' files, except those of tests.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let counted = |file: &&File| {
        file.path.starts_with("crates/") && file.path.contains("/src/") && file.is_rust() && !file.is_test()
    };
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(counted) {
        let lines = file.text.lines().count();
        if lines > LONGEST {
            problems.push(Problem::new(
                &file.path,
                LONGEST + 1,
                format!("has {lines} lines, and {LONGEST} is the most"),
                "Move its tests to a sibling tests.rs, or give its second subject a file.",
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    #[test]
    fn lines_are_counted_except_in_tests() {
        let (short, long) = ("\n".repeat(400), "\n".repeat(401));
        let files = [
            ("crates/a/src/short.rs", short.as_str()),
            ("crates/a/src/long.rs", &long),
            ("crates/a/src/tests.rs", &long),
            ("crates/a/tests/it/main.rs", &long),
        ];
        assert_eq!(places(&check(&tree(&files, vec![]))), ["crates/a/src/long.rs:401"]);
    }
}
