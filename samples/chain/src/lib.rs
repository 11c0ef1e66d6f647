//! A chain: a [web app](web_app) calls [API one](api_one), which calls [API two](api_two) on behalf of the person who is logged in.
//!
//! Each of the three would be a program of its own, with a `helseid.toml` of its own; they know each other by addresses alone. Here
//! `main` starts all of them beside a local HelseID, and [`setup`] registers them there.

pub mod api_one;
pub mod api_two;
pub mod setup;
pub mod web_app;

/// Whatever went wrong while a program was put together.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The program in the guide compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/token-exchange.md")]
mod guide {}
