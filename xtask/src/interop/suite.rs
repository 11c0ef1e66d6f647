//! The programs of a language, as the interop step runs them.

use super::world::World;
use crate::shell::Failure;

/// One foreign program and what it shows, with what runs programs of its language.
pub(super) struct Program<T> {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) run: fn(&World, &T) -> Result<(), Failure>,
}

/// Those that were named, or all where none was.
pub(super) fn chosen<'p, T>(programs: &'p [Program<T>], names: &[String]) -> Vec<&'p Program<T>> {
    programs
        .iter()
        .filter(|program| names.is_empty() || names.iter().any(|name| name == program.name))
        .collect()
}

/// Runs programs, each in a world of its own, and says how many there were.
pub(super) fn run<T>(programs: &[&Program<T>], language: &T) -> Result<usize, Failure> {
    for program in programs {
        println!("\n-- {}: {}", program.name, program.what);
        (program.run)(&World::new()?, language)
            .map_err(|why| Failure::new(format!("{}: {why}", program.name)))?;
    }
    Ok(programs.len())
}

/// What was done, or that no program has any of these names.
pub(super) fn passed(step: &str, count: usize, names: &[String]) -> Result<(), Failure> {
    if count == 0 && !names.is_empty() {
        return Err(Failure::new(format!("no program here is named {}", names.join(" or "))));
    }
    println!("\n{step}: {count} passed, 0 failed");
    Ok(())
}
