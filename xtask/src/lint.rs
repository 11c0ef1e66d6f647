//! `cargo xtask lint`: clippy and the compiler find nothing to say.

use crate::shell::{self, Failure};

/// Runs clippy over every target and feature, over the binary as it is built by default, and over the authority without
/// features, with warnings denied.
pub(crate) fn run() -> Result<(), Failure> {
    let everything = ["clippy", "--workspace", "--all-targets", "--all-features", "--locked"];
    // As whoever builds it sees it: what only tests use is unused here.
    let product = ["clippy", "--package", "helseid", "--locked"];
    // The authority as it is inside a user's test.
    let least = ["clippy", "--package", "helseid-authority", "--no-default-features", "--locked"];
    [&everything[..], &product, &least]
        .into_iter()
        .try_for_each(|clippy| shell::run(shell::cargo(clippy).args(["--", "-D", "warnings"])))
}
