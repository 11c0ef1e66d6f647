//! `cargo xtask interop`: programs in other languages against the real `helseid` binary.
//!
//! Each program is as its users would write it, with libraries that are not ours: what passes between us is the
//! protocol, not our own dialect of it. What they need is installed below `interop/`, and nowhere else.

mod python;
mod server;
mod world;

use crate::shell::Failure;
use world::World;

/// One foreign program and what it shows.
struct Program {
    name: &'static str,
    what: &'static str,
    run: fn(&World) -> Result<(), Failure>,
}

/// The programs. A new one is a new line.
const PROGRAMS: &[Program] = &[Program {
    name: "client-2021",
    what: "a Python client of 2021 (Authlib, Bearer) gets a token under legacy and reads the patients",
    run: python::client_2021,
}];

/// Runs every program, each in a world of its own.
pub(crate) fn run() -> Result<(), Failure> {
    world::build()?;
    python::install()?;
    for program in PROGRAMS {
        println!("\n-- {}: {}", program.name, program.what);
        (program.run)(&World::new()?).map_err(|why| Failure::new(format!("{}: {why}", program.name)))?;
    }
    let count = PROGRAMS.len();
    println!("\ninterop: {count} passed, 0 failed");
    Ok(())
}
