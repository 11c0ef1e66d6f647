//! `cargo xtask interop-jvm-go`: the programs in Go and Java, as far as this machine has what they need.

use super::go::{self, Go};
use super::java::{self, Java};
use super::{suite, world};
use crate::shell::Failure;

/// Runs the programs of these names, or all, whose language is on this machine, and says what was left out.
pub(crate) fn run(names: &[String]) -> Result<(), Failure> {
    world::build()?;
    let mut passed = 0;
    let (in_go, in_java) = (suite::chosen(go::PROGRAMS, names), suite::chosen(java::PROGRAMS, names));
    if let (Some(go), false) = (Go::find(), in_go.is_empty()) {
        go.build()?;
        passed += suite::run(&in_go, &go)?;
    }
    if let (Some(java), false) = (Java::find(), in_java.is_empty()) {
        java.build()?;
        passed += suite::run(&in_java, &java)?;
    }
    suite::passed("interop-jvm-go", passed, names)?;
    if let Some(left_out) = left_out() {
        println!("{left_out}");
    }
    Ok(())
}

/// What this machine cannot run, and what it lacks for that, in one line.
pub(crate) fn left_out() -> Option<String> {
    let mut missing = Vec::new();
    if Go::find().is_none() {
        missing.push("programs in Go, which want Go 1.24 or newer");
    }
    if Java::find().is_none() {
        missing.push("programs in Java, which want a JDK 17 or newer and Maven");
    }
    (!missing.is_empty()).then(|| format!("left out: {}", missing.join("; ")))
}
