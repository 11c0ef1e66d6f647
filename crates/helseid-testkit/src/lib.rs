//! Whole journeys through client, authority and API, each the real one, in one process. Unpublished.
//!
//! [`World`] is an authority, a protected API and a registered client that share one clock; `tests/it/` walks through it.

mod world;

pub use world::{AUDIENCE, Broken, SCOPE, World, registration};
