//! A sidecar before a real authority and a real API, as programs in other languages see it.

#![cfg(test)]

mod asking;
mod call;
mod configuration;
mod drain;
mod exchange;
#[cfg(all(unix, feature = "service-tests"))]
mod front;
mod gate;
mod headers;
mod https;
mod introspect;
mod keys;
mod log;
mod metrics;
mod next_api;
mod oauth;
mod on_behalf;
mod openapi;
mod outage;
mod probes;
#[cfg(all(unix, feature = "service-tests"))]
mod shared_replay;
#[cfg(unix)]
mod socket;
mod texas;
mod validate;
mod world;
