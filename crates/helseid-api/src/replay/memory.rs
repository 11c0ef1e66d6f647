//! Used proofs in this process's memory.

use std::sync::{Mutex, PoisonError};

use super::{Claim, Claimed, ProofUse, ReplayGuard};
use crate::maybe_ready::MaybeReady;
use helseid_protocol::dpop::UsedIds;

/// Remembers used proofs in the memory of this process, up to a number. It never forgets one that is still valid: when it is
/// full, it refuses new ones.
///
/// ```
/// use helseid_api::{ApiProtection, MemoryReplayGuard};
///
/// // Room for 20,000 requests a second, of which each is remembered for 20 s and more.
/// let guard = MemoryReplayGuard::new(1_000_000);
/// let protection = ApiProtection::builder("https://sts.example", "nhn:my-api")
///     .public_url("https://api.example")
///     .replay_guard(guard)
///     .build()?;
/// # drop(protection); Ok::<(), helseid_api::InvalidProtection>(())
/// ```
#[derive(Debug)]
pub struct MemoryReplayGuard {
    most: usize,
    shards: Box<[Mutex<UsedIds>]>,
}

/// Below this number one lock is enough, and the bound is exact; above it, ids are spread evenly over the shards.
const SHARD_FROM: usize = 10_000;

const SHARDS: usize = 16;

impl MemoryReplayGuard {
    /// Remembers at most `most` proofs at once; each takes 10 to 21 bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let shards = if most < SHARD_FROM { 1 } else { SHARDS };
        Self { most: most / shards, shards: (0..shards).map(|_| Mutex::default()).collect() }
    }

    pub(super) fn claim_now(&self, proof: ProofUse) -> Claim {
        // The last byte: the first eight are the hash inside a shard.
        let place = usize::from(proof.id.as_bytes()[15]) % self.shards.len();
        let Some(shard) = self.shards.get(place) else { return Claim::Full };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.put(proof.id, proof.until, proof.now, self.most)
    }
}

impl Default for MemoryReplayGuard {
    /// A million proofs: 25,000 a second for 40 s, in at most 21 MB.
    fn default() -> Self {
        Self::new(1_000_000)
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn claim(&self, proof: ProofUse) -> Claimed<'_> {
        MaybeReady::ready(self.claim_now(proof))
    }

    fn answers_at_once(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use helseid_protocol::dpop::ReplayId;
    use helseid_protocol::jose::crypto::MacKey;
    use helseid_protocol::time::Timestamp;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn proof(n: u32, until: i64, now: i64) -> ProofUse {
        ProofUse {
            id: ReplayId::of(&MacKey::new(&[7; 32]), &[&n.to_be_bytes()]),
            until: Timestamp::from_seconds(NOW + until),
            now: Timestamp::from_seconds(NOW + now),
            longest: Duration::from_secs(40),
        }
    }

    #[test]
    fn a_full_guard_refuses_and_forgets_nothing_that_is_good() {
        let guard = MemoryReplayGuard::new(2);
        assert_eq!(guard.claim_now(proof(1, 30, 0)), Claim::First);
        assert_eq!(guard.claim_now(proof(2, 60, 0)), Claim::First);
        assert_eq!(guard.claim_now(proof(3, 60, 0)), Claim::Full);
        assert_eq!(guard.claim_now(proof(1, 30, 0)), Claim::Again);
        assert_eq!(guard.claim_now(proof(1, 30, 29)), Claim::Again);
        assert_eq!(guard.claim_now(proof(3, 60, 40)), Claim::First);
        assert_eq!(guard.claim_now(proof(2, 60, 40)), Claim::Again);
    }

    #[test]
    fn one_id_is_one_whatever_its_end() {
        let guard = MemoryReplayGuard::default();
        assert_eq!(guard.claim_now(proof(1, 30, 0)), Claim::First);
        for until in [10, 20, 29, 31, 40] {
            assert_eq!(guard.claim_now(proof(1, until, 0)), Claim::Again, "{until}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_makes_nothing_new() {
        let guard = MemoryReplayGuard::default();
        assert_eq!(guard.claim_now(proof(1, 30, 0)), Claim::First);
        assert_eq!(guard.claim_now(proof(1, 30, -3600)), Claim::Again);
    }

    #[test]
    fn a_clock_that_goes_forward_and_back_makes_nothing_new() {
        let guard = MemoryReplayGuard::default();
        assert_eq!(guard.claim_now(proof(1, 30, 0)), Claim::First);
        // In every shard.
        for n in 2..200 {
            assert_eq!(guard.claim_now(proof(n, 90, 60)), Claim::First, "{n}");
        }
        for now in [0, 10, 29] {
            assert_eq!(guard.claim_now(proof(1, 30, now)), Claim::Forgotten, "{now}");
        }
        assert_eq!(guard.claim_now(proof(201, 60, 30)), Claim::First, "after a proof's life");
    }

    #[test]
    fn of_many_claims_at_once_one_is_the_first() {
        for round in 0..1000 {
            let guard = MemoryReplayGuard::default();
            let firsts = std::thread::scope(|scope| {
                let claim = || guard.claim_now(proof(round, 30, 0));
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(claim)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(firsts.iter().filter(|claim| **claim == Claim::First).count(), 1);
        }
    }

    #[test]
    fn memory_shrinks_again() {
        let guard = MemoryReplayGuard::new(100_000);
        for second in 0..1000 {
            for n in 0..100 {
                let seconds = i64::from(second);
                guard.claim_now(proof(second * 100 + n, seconds + 30, seconds));
            }
        }
        let held: usize = guard.shards.iter().map(|shard| shard.lock().unwrap().held()).sum();
        // 100 a second for 30 s, and the rest of a set.
        assert!((3000..=5000).contains(&held), "{held}");
    }
}
