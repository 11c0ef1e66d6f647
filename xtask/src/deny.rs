//! `cargo xtask deny`: what the dependencies are allowed to be, by cargo-deny and `deny.toml`.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Failure};

/// The version that is installed where there is none.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

/// Checks licences, bans and sources, and advisories where their database can be had.
pub(crate) fn run() -> Result<(), Failure> {
    let program = cargo_deny()?;
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

/// The user's own cargo-deny, else one in `target/tools`, which is built at first need.
fn cargo_deny() -> Result<PathBuf, Failure> {
    let tools = shell::root().join("target/tools");
    let ours = tools.join("bin/cargo-deny");
    for program in [PathBuf::from("cargo-deny"), ours.clone()] {
        if shell::succeeds(Command::new(&program).arg("--version")) {
            return Ok(program);
        }
    }
    println!("cargo-deny is missing: it is built into target/tools, which takes a minute or two");
    shell::run(shell::cargo(&["install", CARGO_DENY, "--locked", "--debug", "--root"]).arg(&tools))?;
    Ok(ours)
}
