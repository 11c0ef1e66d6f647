//! The real binary, as people and programs run it.

#![cfg(test)]

#[cfg(unix)]
mod activation;
#[cfg(feature = "service-tests")]
mod browser;
mod calls;
mod check_api;
mod configuration;
#[cfg(unix)]
mod conformance;
mod demo;
mod doctor;
mod errors;
#[cfg(unix)]
mod first_hour;
mod formats;
mod friction;
mod https;
mod inspection;
mod journey;
mod keys;
mod kill;
mod logins;
mod manual;
mod names;
mod offline;
mod proxied;
#[cfg(feature = "service-tests")]
mod replicas;
mod rotation;
mod rules;
mod scripts;
mod secrets;
mod servers;
#[cfg(unix)]
mod sidecar;
mod taciturn;
#[cfg(target_os = "linux")]
mod terminal;
mod tls;
mod tools;
mod transcript;
mod transcripts;
mod world;
