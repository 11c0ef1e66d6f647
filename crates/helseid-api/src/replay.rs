//! Used proofs, each claimed once (RFC 9449 section 11.1).

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is the first.
    First,
    /// It was claimed before.
    Again,
    /// The guard cannot tell: it is full, or out of reach. The request is refused with 503.
    Unknown,
}

/// What became of a claim, sooner or later.
pub type Claimed<'a> = Pin<Box<dyn Future<Output = Claim> + Send + 'a>>;

/// Remembers used proofs. Claiming must be one atomic step: of many equal claims at once exactly one is
/// [`Claim::First`], whatever the number of replicas that share the guard.
pub trait ReplayGuard: Send + Sync + 'static {
    /// Claims `id`, to be remembered at least until `end`.
    fn claim(&self, id: ReplayId, end: Timestamp, now: Timestamp) -> Claimed<'_>;
}

/// Remembers in this process's memory, up to a number of proofs. Never forgets one that is still good: when it is full it
/// refuses.
#[derive(Debug)]
pub struct MemoryReplayGuard {
    most: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    until: HashMap<ReplayId, Timestamp>,
    sweep_at: usize,
}

impl MemoryReplayGuard {
    /// Remembers at most `most` proofs at once; each takes about 50 bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, used: Mutex::default() }
    }

    fn claim_now(&self, id: ReplayId, end: Timestamp, now: Timestamp) -> Claim {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.until.len() >= used.sweep_at.clamp(1024.min(self.most), self.most) {
            used.until.retain(|_, end| *end > now);
            used.sweep_at = used.until.len() * 2;
        }
        if used.until.get(&id).is_some_and(|end| *end > now) {
            return Claim::Again;
        }
        if used.until.len() >= self.most {
            return Claim::Unknown;
        }
        used.until.insert(id, end);
        Claim::First
    }
}

impl Default for MemoryReplayGuard {
    /// A million proofs: 30,000 a second for half a minute, in about 50 MB at the most.
    fn default() -> Self {
        Self::new(1_000_000)
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn claim(&self, id: ReplayId, end: Timestamp, now: Timestamp) -> Claimed<'_> {
        let claim = self.claim_now(id, end, now);
        Box::pin(std::future::ready(claim))
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::jose::crypto::MacKey;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn id(n: u32) -> ReplayId {
        ReplayId::of(&MacKey::new(&[7; 32]), &[&n.to_be_bytes()])
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW.seconds() + seconds)
    }

    #[test]
    fn a_full_guard_refuses_and_forgets_nothing_that_is_good() {
        let guard = MemoryReplayGuard::new(2);
        assert_eq!(guard.claim_now(id(1), at(30), NOW), Claim::First);
        assert_eq!(guard.claim_now(id(2), at(60), NOW), Claim::First);
        assert_eq!(guard.claim_now(id(3), at(60), NOW), Claim::Unknown);
        assert_eq!(guard.claim_now(id(1), at(30), NOW), Claim::Again);
        assert_eq!(guard.claim_now(id(3), at(60), at(30)), Claim::First);
        assert_eq!(guard.claim_now(id(2), at(60), at(30)), Claim::Again);
    }

    #[test]
    fn of_many_claims_at_once_one_is_the_first() {
        let guard = MemoryReplayGuard::default();
        let claims = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..50).map(|_| scope.spawn(|| guard.claim_now(id(1), at(30), NOW))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(claims.iter().filter(|claim| **claim == Claim::First).count(), 1);
    }

    #[test]
    fn memory_shrinks_again() {
        let guard = MemoryReplayGuard::default();
        for n in 0..10_000 {
            guard.claim_now(id(n), at(i64::from(n) + 10), at(i64::from(n)));
        }
        assert!(guard.used.lock().unwrap().until.len() <= 1024);
    }
}
