//! `cargo xtask test`: every test of the workspace, those in the documentation and those that need services included.

use crate::services::Services;
use crate::shell::{self, Failure};

/// Runs all tests with every feature on, `service-tests` among them; also after one has failed, so that one run tells of
/// every failure.
pub(crate) fn run() -> Result<(), Failure> {
    let services = Services::start()?;
    let mut test = shell::cargo(&["test", "--workspace", "--all-features", "--locked", "--no-fail-fast"]);
    shell::run(services.tell(&mut test))
}
