//! The client against a double of an authority and an API on loopback, of which each test scripts the answers.

#![cfg(test)]

mod call;
mod config;
mod token;
mod world;
