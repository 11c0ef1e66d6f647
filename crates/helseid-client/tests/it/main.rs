//! The client against a double of an authority and an API on loopback, of which each test scripts the answers.

#![cfg(test)]

mod active_tokens;
mod attempts;
mod authority;
#[cfg(feature = "blocking")]
mod blocking;
mod call;
mod clock;
mod config;
mod examples;
mod exchange;
mod guide;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod resilience;
mod secrets;
mod settings;
mod shared;
mod signer;
mod stream;
#[cfg(feature = "test-util")]
mod test_util;
mod token;
mod world;
