//! The programs of a language, as the interop step runs them.

use super::world::World;
use crate::shell::Failure;

/// One foreign program and what it shows, with what runs programs of its language.
pub(super) struct Program<T> {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) run: fn(&World, &T) -> Result<(), Failure>,
}
