//! Tools of cargo that are not ours: the user's own, else one in `target/tools`, which is built at first need.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Failure};

/// The program of this name; if it is missing, this version of it is built.
pub(crate) fn find(name: &str, version: &str) -> Result<PathBuf, Failure> {
    let tools = shell::root().join("target/tools");
    let ours = tools.join("bin").join(name);
    for program in [PathBuf::from(name), ours.clone()] {
        // Some of them answer as cargo would call them alone.
        let called = name.strip_prefix("cargo-").unwrap_or(name);
        if [&["--version"][..], &[called, "--version"]]
            .iter()
            .any(|ask| shell::succeeds(Command::new(&program).args(*ask)))
        {
            return Ok(program);
        }
    }
    println!("{name} is missing: it is built into target/tools, which takes a minute or two");
    let wanted = format!("{name}@{version}");
    shell::run(shell::cargo(&["install", &wanted, "--locked", "--debug", "--root"]).arg(&tools))?;
    Ok(ours)
}
