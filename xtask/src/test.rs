//! `cargo xtask test`: every test of the workspace, those in the documentation included.

use crate::shell::{self, Failure};

/// Runs all tests, also after one has failed, so that one run tells of every failure.
pub(crate) fn run() -> Result<(), Failure> {
    shell::run(&mut shell::cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]))
}
