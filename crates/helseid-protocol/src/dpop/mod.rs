//! DPoP: a token's holder proves that it has the key (RFC 9449).
//!
//! [`ProofKey`] makes proofs, [`PresentedProof`] checks one that came, with the checks of section 4.3 by number;
//! [`CachedKeys`] spares the parsing of known keys, which `ProofKeyCache` (feature `proof-keys`) has,
//! [`Target`] is the address that a proof is for, [`NonceKey`] makes and checks a server's nonces, and [`ReplayId`] is
//! what a used proof is remembered by, [`UsedIds`] the memory of them, [`ReplayServer`] a Redis that has it, and
//! [`ClaimHistory`] tells what that Redis may have forgotten too early.

mod cached;
mod check;
mod expectations;
mod key;
mod nonce;
mod proof;
#[cfg(feature = "proof-keys")]
mod proof_key_cache;
mod replay;
mod server;
mod target;
#[cfg(test)]
mod tests;
mod used;

pub use cached::{CachedKeys, CachedProofKey};
pub use check::{CheckedProof, PresentedProof};
pub use expectations::{BoundTo, Expectations, ExpectedNonce};
pub use nonce::{NONCE_LIFETIME, Nonce, NonceKey};
pub use proof::{ProofKey, ProofRequest, token_hash};
#[cfg(any(test, feature = "forge"))]
pub(crate) use proof::{claims, header};
#[cfg(feature = "proof-keys")]
pub use proof_key_cache::ProofKeyCache;
pub use replay::{FirstUse, ReplayId};
pub use server::{ReplayServer, UnfitServer};
pub use target::{InvalidTarget, Target};
pub use used::{Claim, ClaimHistory, StoreClaim, UsedIds, UsedRecord};

/// `typ` of a proof (RFC 9449 section 4.2).
pub const TYP: &str = "dpop+jwt";

/// The most bytes of a proof: 4 KiB.
pub const MAX_BYTES: usize = 4 * 1024;
