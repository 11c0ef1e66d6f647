//! `cargo xtask interop-jvm-go`: the programs in Go and Java, as far as this machine has what they need.

use super::go::{self, Go};
use super::java::{self, Java};
use super::suite::Program;
use super::world::{self, World};
use crate::shell::Failure;

/// Runs every program whose language is on this machine, each in a world of its own, and says what was left out.
pub(crate) fn run() -> Result<(), Failure> {
    world::build()?;
    let mut passed = 0;
    if let Some(go) = Go::find() {
        go.build()?;
        passed += all(go::PROGRAMS, &go)?;
    }
    if let Some(java) = Java::find() {
        java.build()?;
        passed += all(java::PROGRAMS, &java)?;
    }
    println!("\ninterop-jvm-go: {passed} passed, 0 failed");
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

fn all<T>(programs: &[Program<T>], language: &T) -> Result<usize, Failure> {
    for program in programs {
        println!("\n-- {}: {}", program.name, program.what);
        (program.run)(&World::new()?, language)
            .map_err(|why| Failure::new(format!("{}: {why}", program.name)))?;
    }
    Ok(programs.len())
}
