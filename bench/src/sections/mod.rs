//! The parts of the bench that run whole programs.

pub(crate) mod begun;
pub(crate) mod endurance;
pub(crate) mod hostile;
pub(crate) mod lasting;
pub(crate) mod memory;
pub(crate) mod processes;
pub(crate) mod rounds;
pub(crate) mod scale;
pub(crate) mod sidecar;
pub(crate) mod ticks;
