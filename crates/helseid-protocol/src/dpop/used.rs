//! Used ids in memory, by the time until which they are kept: they are dropped in whole sets and never one by one.
//!
//! Nothing here trusts the clock. A clock that was ahead for a moment makes sets look past that are not, and a request that
//! took long may come with an id whose set is gone. So the ends of dropped sets are remembered, and an id with such an end
//! is refused: an id is [`Claim::First`] once, however the clock moves.

mod claims;
mod forgotten;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use super::ReplayId;
use crate::time::Timestamp;
use forgotten::{Forgotten, Range};

pub use claims::{ClaimHistory, StoreClaim};
pub use record::UsedRecord;

/// How many seconds of ends one set holds; an id is kept up to so much longer than it must be.
const WIDTH: i64 = 5;

/// An id whose end lies farther ahead was used while the clock was ahead. It is dropped, and refused should its time come;
/// so a clock that was a year ahead leaves nothing behind that takes room for a year.
const HORIZON: Duration = Duration::from_secs(2 * 3600);

/// Each set is in so many parts, which grow one by one: while one table takes the place of a smaller, both are there, and
/// what the smaller leaves is of a size that the next can use.
const PARTS: usize = 16;

/// What is kept of an id is 64 bits of a keyed hash. Of a million that are kept, a new one meets another by chance once in
/// 10^13 times, and is refused then; one that was used is always found.
type Part = HashSet<u64, BuildHasherDefault<Taken>>;

/// Remembers ids. One takes 10 to 21 bytes.
///
/// ```
/// use helseid_protocol::dpop::{Claim, ReplayId, UsedIds};
/// use helseid_protocol::time::Timestamp;
/// use std::time::Duration;
///
/// let (id, now) = (ReplayId::from_bytes([7; 16]), Timestamp::from_seconds(1_790_000_000));
/// let mut used = UsedIds::default();
/// let mut put = || used.put(id, now.plus(Duration::from_secs(30)), now, 1_000_000);
/// assert_eq!((put(), put()), (Claim::First, Claim::Again));
/// ```
#[derive(Debug, Default)]
pub struct UsedIds {
    /// In the order of their ends.
    sets: VecDeque<Set>,
    held: usize,
    /// The ends of what was dropped.
    forgotten: Forgotten,
}

#[derive(Debug)]
struct Set {
    /// Of the ends, in [`WIDTH`]s.
    number: i64,
    parts: [Part; PARTS],
}

impl Set {
    fn new(number: i64) -> Self {
        Self { number, parts: Default::default() }
    }

    fn part(&mut self, id: u64) -> Option<&mut Part> {
        self.parts.get_mut(place(id))
    }

    fn contains(&self, id: u64) -> bool {
        self.parts.get(place(id)).is_some_and(|part| part.contains(&id))
    }

    fn len(&self) -> usize {
        self.parts.iter().map(HashSet::len).sum()
    }
}

/// By bits in the middle: a table goes by the first and the last.
fn place(id: u64) -> usize {
    usize::try_from(id >> 32).unwrap_or_default() % PARTS
}

/// What became of the claim of an id, in the memory of a process or in a store that several share. Where it can be told at all,
/// a rule is given a [`FirstUse`](super::FirstUse).
///
/// ```
/// use helseid_protocol::dpop::Claim;
///
/// /// What becomes of the request.
/// fn status(claim: Claim) -> u16 {
///     match claim {
///         Claim::First => 200,
///         Claim::Again => 401,
///         Claim::Full | Claim::Away | Claim::Forgotten => 503,
///     }
/// }
/// assert_eq!(status(Claim::Away), 503);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is the first.
    First,
    /// The id was claimed before.
    Again,
    /// The memory is full, and forgets nothing that is still valid.
    Full,
    /// The store is out of reach, or was restarted and may have forgotten.
    Away,
    /// The id's end has passed, or ids with this end may have been forgotten too early, because a clock was moved: whether it
    /// was claimed before is unknown.
    Forgotten,
}

impl UsedIds {
    /// Puts `id` in, to be kept until `until` and up to 5 s longer, unless it is there or `most` are.
    pub fn put(&mut self, id: ReplayId, until: Timestamp, now: Timestamp, most: usize) -> Claim {
        self.drop_outside(now);
        let id = hash(id);
        if self.sets.iter().any(|set| set.contains(id)) {
            return Claim::Again;
        }
        let number = number(until);
        if is_past(number, now) || self.forgotten.contains(number) {
            return Claim::Forgotten;
        }
        if self.held >= most {
            return Claim::Full;
        }
        self.keep(id, number);
        Claim::First
    }

    /// Takes back what [`UsedIds::put`] has just called [`Claim::First`], where not all that belongs to it could be put in.
    pub fn undo(&mut self, id: ReplayId, until: Timestamp) {
        let (id, number) = (hash(id), number(until));
        let set = self.sets.binary_search_by_key(&number, |set| set.number);
        let set = set.ok().and_then(|place| self.sets.get_mut(place));
        if let Some(part) = set.and_then(|set| set.part(id)) {
            self.held -= usize::from(part.remove(&id));
        }
    }

    fn keep(&mut self, id: u64, number: i64) {
        let place = match self.sets.binary_search_by_key(&number, |set| set.number) {
            Ok(place) => place,
            Err(place) => {
                self.sets.insert(place, Set::new(number));
                place
            }
        };
        if let Some(part) = self.sets.get_mut(place).and_then(|set| set.part(id)) {
            self.held += usize::from(part.insert(id));
        }
    }

    /// Takes what another process wrote down. What cannot be kept is refused from now on.
    pub fn recall(&mut self, record: UsedRecord, now: Timestamp, most: usize) {
        match record {
            UsedRecord::Used { id, until } => {
                self.drop_outside(now);
                let number = number(until);
                if is_past(number, now) || self.held >= most {
                    self.forgotten.add(Range::one(number));
                } else {
                    // Also where it is there with another end: it was used with each.
                    self.keep(hash(id), number);
                }
            }
            UsedRecord::Forgotten { from, until } => {
                self.forgotten.add(Range::between(number(from), number(until)));
            }
        }
    }

    /// What the next process must know of ids that are not kept any more; a few records.
    pub fn forgotten(&self) -> impl Iterator<Item = UsedRecord> + '_ {
        self.forgotten.ranges().map(|range| UsedRecord::Forgotten {
            from: Timestamp::from_seconds(range.first.saturating_mul(WIDTH)),
            until: Timestamp::from_seconds(range.last.saturating_mul(WIDTH).saturating_add(WIDTH - 1)),
        })
    }

    /// Whether nothing is kept that ends at `end` or before: all of it was dropped, and is [`UsedIds::forgotten`].
    #[must_use]
    pub fn has_dropped(&self, end: Timestamp) -> bool {
        self.sets.front().is_none_or(|set| set.number > number(end))
    }

    /// The last end that an id may have and be kept.
    #[must_use]
    pub const fn last_end(now: Timestamp) -> Timestamp {
        now.plus(HORIZON)
    }

    /// Drops the sets of which every end has passed, and those that are beyond [`HORIZON`].
    fn drop_outside(&mut self, now: Timestamp) {
        while let Some(set) = self.sets.pop_front_if(|set| is_past(set.number, now)) {
            self.forget(&set);
        }
        let last = number(Self::last_end(now));
        while let Some(set) = self.sets.pop_back_if(|set| set.number > last) {
            self.forget(&set);
        }
    }

    fn forget(&mut self, set: &Set) {
        self.held -= set.len();
        self.forgotten.add(Range::one(set.number));
    }

    /// How many are kept.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }
}

fn hash(id: ReplayId) -> u64 {
    id.as_bytes().first_chunk().copied().map(u64::from_le_bytes).unwrap_or_default()
}

/// Which set an end belongs to.
const fn number(end: Timestamp) -> i64 {
    end.seconds().div_euclid(WIDTH)
}

/// Whether every end of this set has passed.
const fn is_past(number: i64, now: Timestamp) -> bool {
    number.saturating_add(1).saturating_mul(WIDTH) <= now.seconds()
}

/// Takes an id for its hash: it is one already, by a key that nobody else knows.
#[derive(Debug, Default)]
struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    /// Ids come by [`Hasher::write_u64`] alone.
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }
}
