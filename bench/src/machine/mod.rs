//! The machine: which core does what, what processes take, and servers that run beside us.

mod cores;
mod server;
mod usage;

pub(crate) use cores::{Cores, Place};
pub(crate) use server::{Server, run_to_end};
pub(crate) use usage::Usage;
