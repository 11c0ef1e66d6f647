//! Used ids in memory, by the time until which they are kept: they are dropped in whole sets and never one by one.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use super::ReplayId;
use crate::time::Timestamp;

/// How many seconds of ends one set holds; an id is kept up to so much longer than it must be.
const WIDTH: i64 = 5;

/// Each set is in so many parts, which grow one by one: while one table takes the place of a smaller, both are there, and
/// what the smaller leaves is of a size that the next can use.
const PARTS: usize = 16;

/// What is kept of an id is 64 bits of a keyed hash. Of a million that are kept, a new one meets another by chance once in
/// 10^13 times, and is refused then; one that was used is always found.
type Part = HashSet<u64, BuildHasherDefault<Taken>>;

/// Remembers ids. One takes 10 to 21 bytes.
#[derive(Debug, Default)]
pub struct UsedIds {
    /// In the order of their ends.
    sets: VecDeque<Set>,
    held: usize,
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

/// What became of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not there, and is now.
    New,
    /// It was there.
    There,
    /// It was not there, and there is no room for it.
    Full,
}

impl UsedIds {
    /// Puts `id` in, to be kept until `until` and up to 5 s longer, unless it is there or `most` are.
    pub fn put(&mut self, id: ReplayId, until: Timestamp, now: Timestamp, most: usize) -> Put {
        self.drop_past(now);
        let Some(id) = id.as_bytes().first_chunk().copied().map(u64::from_le_bytes) else { return Put::Full };
        if self.sets.iter().any(|set| set.contains(id)) {
            return Put::There;
        }
        if self.held >= most {
            return Put::Full;
        }
        let number = until.seconds().div_euclid(WIDTH);
        let place = match self.sets.binary_search_by_key(&number, |set| set.number) {
            Ok(place) => place,
            Err(place) => {
                self.sets.insert(place, Set::new(number));
                place
            }
        };
        if let Some(part) = self.sets.get_mut(place).and_then(|set| set.part(id)) {
            part.insert(id);
            self.held += 1;
        }
        Put::New
    }

    /// Drops the sets of which every end has passed.
    fn drop_past(&mut self, now: Timestamp) {
        let past = |number: i64| number.saturating_add(1).saturating_mul(WIDTH) <= now.seconds();
        while let Some(set) = self.sets.pop_front_if(|set| past(set.number)) {
            self.held -= set.len();
        }
    }

    /// How many are kept.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::crypto::MacKey;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds)
    }

    fn id(n: u32) -> ReplayId {
        ReplayId::of(&MacKey::new(&[7; 32]), &[&n.to_be_bytes()])
    }

    #[test]
    fn an_id_is_there_until_its_end_and_a_little_longer() {
        let mut used = UsedIds::default();
        assert_eq!(used.put(id(1), at(60), at(0), 10), Put::New);
        for now in [0, 59, 64] {
            assert_eq!(used.put(id(1), at(90), at(now), 10), Put::There, "{now}");
        }
        assert_eq!(used.put(id(1), at(90), at(65), 10), Put::New);
    }

    #[test]
    fn each_of_many_is_there_and_no_other() {
        let mut used = UsedIds::default();
        for n in 0..20_000 {
            assert_eq!(used.put(id(n), at(i64::from(n % 60)), at(0), usize::MAX), Put::New, "{n}");
        }
        assert!((0..20_000).all(|n| used.put(id(n), at(90), at(0), usize::MAX) == Put::There));
        assert_eq!((used.put(id(20_000), at(90), at(65), usize::MAX), used.held()), (Put::New, 1));
    }

    #[test]
    fn what_is_full_refuses_the_new_and_knows_the_old() {
        let mut used = UsedIds::default();
        assert_eq!(used.put(id(1), at(60), at(0), 1), Put::New);
        assert_eq!(used.put(id(2), at(60), at(0), 1), Put::Full);
        assert_eq!(used.put(id(1), at(60), at(0), 1), Put::There);
        assert_eq!((used.put(id(2), at(90), at(65), 1), used.held()), (Put::New, 1));
    }
}
