//! Used proofs, each claimed once (RFC 9449 section 11.1).

mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::time::Duration;

pub use helseid_protocol::dpop::Claim;
use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

#[cfg(feature = "redis")]
pub use helseid_http::InvalidRedis;
pub use memory::MemoryReplayGuard;
#[cfg(feature = "redis")]
pub use redis::{RedisReplayGuard, WhileAway};

use crate::maybe_ready::MaybeReady;

/// A proof that passed every other check and is now to be used.
///
/// ```
/// use helseid_api::ProofUse;
///
/// /// For how long a store of one's own must keep it.
/// fn seconds(proof: &ProofUse) -> i64 {
///     proof.until.seconds_after(proof.now)
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ProofUse {
    /// A hash of the key's thumbprint and the proof's `jti`, keyed by [`ReplayGuard::key`].
    pub id: ReplayId,
    /// Until when it must be remembered: after that it is too old to be valid.
    pub until: Timestamp,
    /// The time now.
    pub now: Timestamp,
    /// How long any proof that exists now may be valid, by the clock of another replica too: a guard that has forgotten may go on
    /// after this time.
    pub longest: Duration,
}

/// The outcome of a claim, or a future of it.
///
/// ```
/// use helseid_api::{Claim, Claimed, MaybeReady};
///
/// /// What a store has answered that is asked to set a key unless it is there.
/// fn claimed(asked: impl Future<Output = std::io::Result<bool>> + Send + 'static) -> Claimed<'static> {
///     MaybeReady::later(async {
///         match asked.await {
///             Ok(true) => Claim::First,
///             Ok(false) => Claim::Again,
///             Err(_) => Claim::Away,
///         }
///     })
/// }
/// ```
pub type Claimed<'a> = MaybeReady<'a, Claim>;

/// Remembers used proofs. A claim must be one atomic step: of any number of equal claims at once exactly one is
/// [`Claim::First`], however many replicas share the guard. A request is refused with 503 if its claim is [`Claim::Full`],
/// [`Claim::Away`] or [`Claim::Forgotten`].
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// use helseid_api::{Claimed, MemoryReplayGuard, ProofUse, ReplayGuard};
///
/// /// Counts what passes through another guard.
/// struct Counted(MemoryReplayGuard, AtomicU64);
///
/// impl ReplayGuard for Counted {
///     fn claim(&self, proof: ProofUse) -> Claimed<'_> {
///         self.1.fetch_add(1, Relaxed);
///         self.0.claim(proof)
///     }
///     fn answers_at_once(&self) -> bool {
///         self.0.answers_at_once()
///     }
///     fn key(&self) -> Option<[u8; 32]> {
///         self.0.key()
///     }
/// }
/// ```
pub trait ReplayGuard: Send + Sync + 'static {
    /// Claims a proof, which is remembered at least until [`ProofUse::until`].
    fn claim(&self, proof: ProofUse) -> Claimed<'_>;

    /// Whether every claim is [`MaybeReady::ready`]: then no request has to wait for its claim. A guard that says so
    /// and is not ready is asked again for the same proof.
    fn answers_at_once(&self) -> bool {
        false
    }

    /// The key of the ids; the same for all processes that share the guard. Nothing for a guard of one process:
    /// then a key is made at each start, so that nobody can choose ids that collide.
    fn key(&self) -> Option<[u8; 32]> {
        None
    }
}
