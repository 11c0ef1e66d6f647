//! The port or the socket, and connections that are bounded in number, size and time.

#[cfg(unix)]
mod activated;
mod bind;
mod connection;
mod serve;

pub use bind::Listener;
pub(crate) use serve::{DRAIN_TIME, serve};
