//! The crate from outside: known attacks, known-bad vectors, and what other implementations say.

#![cfg(test)]

mod attacks;
mod jsonwebtoken;
mod parties;
mod properties;
mod rfc;
mod rustcrypto;
mod token_kinds;
mod wycheproof;
