//! `cargo xtask doc`: the documentation builds, and its links lead somewhere.

use crate::shell::{self, Failure};

/// Builds the documentation of the workspace's own crates with warnings denied.
pub(crate) fn run() -> Result<(), Failure> {
    let mut doc = shell::cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
    shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}
