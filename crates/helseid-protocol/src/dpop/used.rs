//! Used ids in memory, by the time until which they are kept: they are dropped in whole sets and never one by one.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use super::ReplayId;
use crate::time::Timestamp;

/// How many seconds of ends one set holds; an id is kept up to so much longer than it must be.
const WIDTH: i64 = 5;

/// What is kept of an id: 80 bits of a keyed hash. Of a million that are kept, a new one meets another by chance once in
/// 10^18 times, and is refused then; one that was used is always found.
type Kept = [u8; 10];

/// Remembers ids. One takes 13 to 25 bytes.
#[derive(Debug, Default)]
pub struct UsedIds {
    /// By their number, in order.
    sets: VecDeque<(i64, HashSet<Kept, BuildHasherDefault<Taken>>)>,
    held: usize,
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
        let Some(id) = id.as_bytes().first_chunk() else { return Put::Full };
        if self.sets.iter().any(|(_, set)| set.contains(id)) {
            return Put::There;
        }
        if self.held >= most {
            return Put::Full;
        }
        let number = until.seconds().div_euclid(WIDTH);
        let place = match self.sets.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(place) => place,
            Err(place) => {
                self.sets.insert(place, (number, HashSet::default()));
                place
            }
        };
        if let Some((_, set)) = self.sets.get_mut(place) {
            set.insert(*id);
            self.held += 1;
        }
        Put::New
    }

    /// Drops the sets of which every end has passed.
    fn drop_past(&mut self, now: Timestamp) {
        let past = |number: i64| number.saturating_add(1).saturating_mul(WIDTH) <= now.seconds();
        while let Some((_, set)) = self.sets.pop_front_if(|(number, _)| past(*number)) {
            self.held -= set.len();
        }
    }

    /// How many are kept.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }
}

/// Takes the first eight bytes of an id for its hash: they are one already, by a key that nobody else knows.
#[derive(Debug, Default)]
struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    /// The length of an id, which is always the same.
    fn write_usize(&mut self, _: usize) {}
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
    fn what_is_full_refuses_the_new_and_knows_the_old() {
        let mut used = UsedIds::default();
        assert_eq!(used.put(id(1), at(60), at(0), 1), Put::New);
        assert_eq!(used.put(id(2), at(60), at(0), 1), Put::Full);
        assert_eq!(used.put(id(1), at(60), at(0), 1), Put::There);
        assert_eq!((used.put(id(2), at(90), at(65), 1), used.held()), (Put::New, 1));
    }
}
