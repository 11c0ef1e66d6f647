//! Used proofs, each claimed once (RFC 9449 section 11.1).

mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::time::Duration;

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

#[cfg(feature = "redis")]
pub use helseid_http::InvalidRedis;
pub use memory::MemoryReplayGuard;
#[cfg(feature = "redis")]
pub use redis::{RedisReplayGuard, WhileAway};

use crate::maybe_ready::MaybeReady;

/// A proof that passed every other check and is now to be used.
#[derive(Debug, Clone, Copy)]
pub struct ProofUse {
    /// A hash of the key's thumbprint and the proof's `jti`, keyed by [`ReplayGuard::key`].
    pub id: ReplayId,
    /// Until when it must be remembered: after that its age speaks against it.
    pub until: Timestamp,
    /// The time now.
    pub now: Timestamp,
    /// The longest that any proof is good from now on, also by the clock of another replica: a guard that forgot may go on
    /// after this time.
    pub longest: Duration,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is the first.
    First,
    /// It was claimed before.
    Again,
    /// The guard is full, and forgets nothing that is still good. The request is refused with 503.
    Full,
    /// The guard is out of reach, or was restarted and may have forgotten. The request is refused with 503.
    Away,
    /// The guard may have forgotten proofs with this end too early, because a clock was moved. The request is refused with
    /// 503.
    Forgotten,
}

/// What became of a claim, now or later.
pub type Claimed<'a> = MaybeReady<'a, Claim>;

/// Remembers used proofs. Claiming must be one atomic step: of many equal claims at once exactly one is
/// [`Claim::First`], whatever the number of replicas that share the guard.
pub trait ReplayGuard: Send + Sync + 'static {
    /// Claims a proof, to be remembered at least until [`ProofUse::until`].
    fn claim(&self, proof: ProofUse) -> Claimed<'_>;

    /// Whether every claim is answered by [`MaybeReady::ready`]: then no request is set aside for its claim. A guard that says so
    /// and answers later is asked again for the same proof.
    fn answers_at_once(&self) -> bool {
        false
    }

    /// What ids are keyed by; the same for all processes that share the guard. Nothing for one that shares with none:
    /// then a key is made at each start, so that nobody can choose ids that fall together.
    fn key(&self) -> Option<[u8; 32]> {
        None
    }
}
