//! What one process claimed in a store that forgets by a clock of its own, such as Redis, and whether the store may have
//! forgotten it too early.
//!
//! The store keeps a key for the time that its id has left by our clock, and [`ClaimHistory::MARGIN`] longer. If our clock
//! goes back, or that of the store goes forward, the key expires while the id is still good, and a second claim looks like a
//! first. The difference between the two clocks tells: a key that was set at a greater difference expires earlier. So the
//! greatest difference is remembered for each set of ends, and a claim is [`Claim::Forgotten`] where it has since become
//! smaller by the margin.

use std::collections::BTreeMap;
use std::time::Duration;

use super::forgotten::{Forgotten, Range};
use super::{Claim, WIDTH, number};
use crate::time::Timestamp;

/// The most sets that are remembered: of 5 s each, more than the ids of any moment can end in.
const MOST: usize = 256;

/// A claim that the store called the first, with the times it was made by.
///
/// ```
/// use helseid_protocol::dpop::{Claim, ClaimHistory, StoreClaim};
/// use helseid_protocol::time::Timestamp;
/// use std::time::Duration;
///
/// // The store's clock is 2 s behind ours, and stays so.
/// let now = Timestamp::from_seconds(1_790_000_000);
/// let store = now.minus(Duration::from_secs(2));
/// let claim = StoreClaim { end: now.plus(Duration::from_secs(30)), now, store };
/// assert_eq!(ClaimHistory::default().judge(claim), Claim::First);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StoreClaim {
    /// Until when the id is good.
    pub end: Timestamp,
    /// The time here, by which the key's life was measured.
    pub now: Timestamp,
    /// The time that the store told together with its answer.
    pub store: Timestamp,
}

/// Remembers when this process claimed ids in a store with a clock of its own. Of a few kilobytes, however many ids there are.
///
/// ```
/// use helseid_protocol::dpop::{Claim, ClaimHistory, StoreClaim};
/// use helseid_protocol::time::Timestamp;
///
/// let at = |second: i64| Timestamp::from_seconds(1_790_000_000 + second);
/// let claim = |store| StoreClaim { end: at(30), now: at(0), store };
/// let mut history = ClaimHistory::default();
/// assert_eq!(history.judge(claim(at(0))), Claim::First);
/// // The store's clock has jumped: what it had of these ids may have expired.
/// assert_eq!(history.judge(claim(at(10))), Claim::Forgotten);
/// ```
#[derive(Debug, Default)]
pub struct ClaimHistory {
    sets: BTreeMap<i64, Set>,
    forgotten: Forgotten,
    /// The latest time that the store has told since it last went back.
    latest: Option<Timestamp>,
    claims: u64,
}

/// The ids whose ends fall into the same 5 s.
#[derive(Debug, Clone, Copy)]
struct Set {
    /// By how many seconds our clock was ahead of the store's when one was claimed, at most.
    ahead: i64,
    /// Which claim was the last, to tell which set is the oldest.
    last_claim: u64,
}

impl Set {
    /// Until when, by the store's clock, all keys of the set are there.
    const fn kept_until(self, number: i64) -> i64 {
        number.saturating_mul(WIDTH).saturating_add(MARGIN_SECONDS).saturating_sub(self.ahead)
    }
}

const MARGIN_SECONDS: i64 = ClaimHistory::MARGIN.as_secs().cast_signed();

impl ClaimHistory {
    /// How much longer than its id a key is kept: the time that may pass between judging a request and claiming what it uses,
    /// and the fractions of seconds that no [`Timestamp`] has.
    pub const MARGIN: Duration = Duration::from_secs(5);

    /// Whether a claim that the store called the first is [`Claim::First`], or the store may have known the id and let go of it:
    /// [`Claim::Forgotten`].
    pub fn judge(&mut self, claim: StoreClaim) -> Claim {
        let latest = self.observe(claim.store);
        let number = number(claim.end);
        if claim.end < claim.now || self.forgotten.contains(number) {
            return Claim::Forgotten;
        }
        let ahead = claim.now.seconds_after(claim.store);
        // Some key may have expired at the latest time, also where the store has gone back a little since.
        let least_ahead = claim.now.seconds_after(latest);
        self.claims += 1;
        let last_claim = self.claims;
        match self.sets.get_mut(&number) {
            Some(set) if set.ahead.saturating_sub(least_ahead) >= MARGIN_SECONDS => return Claim::Forgotten,
            Some(set) => *set = Set { ahead: ahead.max(set.ahead), last_claim },
            None => {
                self.sets.insert(number, Set { ahead, last_claim });
                self.make_room();
            }
        }
        Claim::First
    }

    /// Takes note of the time that the store tells, and gives the latest that counts. Where the store's clock has gone back by
    /// more than the margin, the keys that had expired by then are forgotten, and its time counts from here on.
    pub fn observe(&mut self, store: Timestamp) -> Timestamp {
        let latest = match self.latest {
            Some(latest) if store.plus(Self::MARGIN) < latest => {
                let may_be_gone = self.sets.extract_if(.., |number, set| {
                    set.kept_until(*number) <= latest.seconds().saturating_add(1)
                });
                for (number, _) in may_be_gone {
                    self.forgotten.add(Range::one(number));
                }
                store
            }
            Some(latest) => latest.max(store),
            None => store,
        };
        self.latest = Some(latest);
        latest
    }

    /// Lets go of the set that was claimed into longest ago. Ids that end in it are too old, unless a clock jumped.
    fn make_room(&mut self) {
        if self.sets.len() <= MOST {
            return;
        }
        let oldest = self.sets.iter().min_by_key(|(_, set)| set.last_claim).map(|(number, _)| *number);
        if let Some(number) = oldest {
            self.sets.remove(&number);
            self.forgotten.add(Range::one(number));
        }
    }
}

#[cfg(test)]
mod tests;
