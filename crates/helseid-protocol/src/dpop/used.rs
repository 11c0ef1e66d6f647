//! Ids by the time until which they are kept, so that they are dropped in whole sets and never one by one.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

/// How many seconds of ends one set holds.
const WIDTH: i64 = 10;

/// The sets of one shard, by their number, in order.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    sets: VecDeque<(i64, HashSet<ReplayId, BuildHasherDefault<Taken>>)>,
    held: usize,
}

/// What became of an id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    New,
    There,
    Full,
}

impl Buckets {
    /// Puts `id` in, to be kept until `until`, unless it is there or `most` are.
    pub(super) fn put(&mut self, id: ReplayId, until: Timestamp, now: Timestamp, most: usize) -> Put {
        self.drop_past(now);
        if self.sets.iter().any(|(_, set)| set.contains(&id)) {
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
            set.insert(id);
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

    #[cfg(test)]
    pub(super) const fn held(&self) -> usize {
        self.held
    }
}

/// Takes the first eight bytes of an id for its hash: they are one already, by a key that nobody else knows.
#[derive(Debug, Default)]
pub(super) struct Taken(u64);

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
