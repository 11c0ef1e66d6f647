//! What the tests of the endpoints share.

mod attestation;
mod exchange;
mod gate;
pub(super) mod login;
mod requests;
mod stopped;
mod traced;
pub(super) mod world;
