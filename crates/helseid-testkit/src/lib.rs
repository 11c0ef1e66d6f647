//! Journeys through the real client, authority and API in one process. Unpublished.
//!
//! [`World`] is an authority, a protected API and a registered client that share one clock; `tests/it/` walks through it.
//! [`Proxy`] sits between them, and does to requests what networks and servers do.

mod proxy;
mod world;

pub use proxy::{Proxy, Weather, read_message};
pub use world::{AUDIENCE, Broken, SCOPE, World, registration};
