//! `cargo xtask fmt-check`: every file is formatted.

use crate::shell::{self, Failure};

/// Compares every file with what rustfmt would make of it.
pub(crate) fn run() -> Result<(), Failure> {
    shell::run(&mut shell::cargo(&["fmt", "--all", "--check"]))
}
