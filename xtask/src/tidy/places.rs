//! No file names a folder of someone's machine.

use super::Problem;
use super::source;
use super::tree::Tree;

/// Written in halves, so that this file does not hold them.
const FOLDERS: &[&str] = &[concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// Looks through every text file.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in &tree.files {
        for folder in FOLDERS {
            for (at, _) in file.text.match_indices(folder) {
                problems.push(Problem::new(
                    &file.path,
                    source::line_at(&file.text, at),
                    format!("names a folder of one machine, {folder}"),
                    "Name it from the root of the checkout, or leave it out.",
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{places, tree::tree};

    #[test]
    fn folders_of_the_checkout_pass_and_others_are_found() {
        let text = format!("crates/a/\n{}a\n{}a\n/tmp/a", FOLDERS[0], FOLDERS[1]);
        assert_eq!(places(&check(&tree(&[("a.txt", &text)], vec![]))), ["a.txt:2", "a.txt:3"]);
    }
}
