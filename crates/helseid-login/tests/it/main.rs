//! Logins by the double of an authority, and at a real one.

#![cfg(test)]

mod flow;
#[cfg(feature = "native")]
mod native;
#[cfg(feature = "web")]
mod web;
