//! `cargo xtask deny`: what the dependencies are allowed to be, by cargo-deny and `deny.toml`.

use std::process::Command;

use crate::shell::{self, Failure};
use crate::tool;

/// The version that is installed where there is none.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources, and advisories where their database can be had.
pub(crate) fn run() -> Result<(), Failure> {
    let program = tool::find("cargo-deny", VERSION)?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(shell::root()).args(["--all-features", "--locked"]).args(arguments);
        command
    };
    shell::run(&mut deny(&["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))?;
    if shell::succeeds(&mut deny(&["fetch", "db"])) {
        shell::run(&mut deny(&["check", "--disable-fetch", "advisories"]))
    } else {
        println!("advisories: NOT CHECKED, since their database on github.com could not be fetched");
        Ok(())
    }
}
