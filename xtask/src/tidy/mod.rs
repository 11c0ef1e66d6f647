//! `cargo xtask tidy`: the rules of the house that the compiler does not know.
//!
//! Each check is one function from the tree to its problems, in a file of its own:
//!
//! 1. [`directions`]: crates depend on each other only as the plan says.
//! 2. [`backend`]: one file names the crypto backend.
//! 3. [`purity`]: the protocol reads no clock, does no I/O and keeps no globals.
//! 4. [`rules`]: every rule of the catalogue has a test that names it.
//! 5. [`leftovers`]: nothing is skipped or left for later.
//! 6. [`reasons`]: every dependency has a reason, and someone who takes it.
//! 7. [`lints`]: every crate takes the workspace's lints.
//! 8. [`length`]: files are short.
//! 9. [`links`]: links between documents lead somewhere.
//! 10. [`places`]: no file names a folder of someone's machine.
//! 11. [`named_tests`]: tests that documents name as their evidence exist.
//! 12. [`arrows`]: inside a crate, modules import only what stands below them.
//! 13. [`words`]: words that the field's own replaced do not come back.
//! 14. [`map`]: the map of the documentation has every page.
//! 15. [`examples`]: every public type of a library has an example.
//! 16. [`anchors`]: links to a part of a document name a heading that it has.
//! 17. [`unwinds`]: a panic ends no program, whatever the profile.

mod anchors;
mod arrows;
mod backend;
mod directions;
mod examples;
mod leftovers;
mod length;
mod links;
mod lints;
mod map;
mod members;
mod named_tests;
mod places;
mod purity;
mod reasons;
mod rules;
mod source;
mod tree;
mod unwinds;
mod words;

use std::fmt;

use crate::shell::{self, Failure};
use tree::Tree;

const CHECKS: &[fn(&Tree) -> Vec<Problem>] = &[
    directions::check,
    backend::check,
    purity::check,
    rules::check,
    leftovers::check,
    reasons::check,
    lints::check,
    length::check,
    links::check,
    places::check,
    named_tests::check,
    arrows::check,
    words::check,
    map::check,
    examples::check,
    anchors::check,
    unwinds::check,
];

/// Prints every problem with the place where it is and what to do about it.
pub(crate) fn run() -> Result<(), Failure> {
    let tree = Tree::read(&shell::root())?;
    let problems: Vec<_> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => println!("tidy: clean"),
        1 => println!("tidy: 1 problem"),
        count => println!("tidy: {count} problems"),
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::new("the house is not tidy")) }
}

/// A rule of the house that does not hold.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    path: String,
    line: usize,
    what: String,
    fix: String,
}

impl Problem {
    fn new(path: &str, line: usize, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), fix: fix.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}\n    {}", self.path, self.line, self.what, self.fix)
    }
}

/// What tests of the checks expect: the places alone.
#[cfg(test)]
fn places(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{}:{}", problem.path, problem.line)).collect()
}
