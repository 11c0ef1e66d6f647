//! `cargo xtask lint`: clippy and the compiler find nothing to say.

use crate::shell::{self, Failure};

/// Runs clippy over every target and feature with warnings denied.
pub(crate) fn run() -> Result<(), Failure> {
    let clippy = ["clippy", "--workspace", "--all-targets", "--all-features", "--locked"];
    shell::run(shell::cargo(&clippy).args(["--", "-D", "warnings"]))
}
