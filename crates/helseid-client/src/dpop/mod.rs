//! DPoP proofs: the key that makes them, and the newest nonce of each server (RFC 9449).

mod nonces;
mod prover;

pub(crate) use nonces::Role;
pub(crate) use prover::{ProofFor, Prover};
