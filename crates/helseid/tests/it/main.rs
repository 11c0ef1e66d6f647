//! The real binary, as people and programs run it.

#![cfg(test)]

mod configuration;
mod demo;
mod doctor;
mod errors;
mod inspection;
mod journey;
mod keys;
mod kill;
mod offline;
mod rotation;
mod rules;
mod servers;
mod tls;
mod transcript;
mod world;
