//! The parts of the bench that run whole programs.

pub(crate) mod endurance;
pub(crate) mod hostile;
pub(crate) mod memory;
pub(crate) mod processes;
pub(crate) mod rounds;
pub(crate) mod scale;
pub(crate) mod ticks;
