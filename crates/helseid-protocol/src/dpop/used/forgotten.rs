//! The ends of ids that were dropped, as a few ranges of sets.

/// The most ranges. Time that goes on makes one long one, and a clock that jumps one more with each jump. Beyond, the two
/// that are nearest to each other become one, which refuses more and never less.
const MOST: usize = 32;

/// Sets from the first to the last, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Range {
    pub(super) const fn one(number: i64) -> Self {
        Self { first: number, last: number }
    }

    /// From one to the other, whichever is the first.
    pub(super) fn between(one: i64, other: i64) -> Self {
        Self { first: one.min(other), last: one.max(other) }
    }

    fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// In their order, none touching another.
#[derive(Debug, Default)]
pub(super) struct Forgotten(Vec<Range>);

impl Forgotten {
    pub(super) fn contains(&self, number: i64) -> bool {
        let next = self.0.partition_point(|range| range.last < number);
        self.0.get(next).is_some_and(|range| range.first <= number)
    }

    pub(super) fn add(&mut self, new: Range) {
        let first = self.0.partition_point(|range| range.last.saturating_add(1) < new.first);
        let touched = self.0.iter().skip(first).take_while(|range| range.first <= new.last.saturating_add(1));
        let (count, whole) = touched.fold((0, new), |(count, whole), range| (count + 1, whole.with(*range)));
        self.0.splice(first..first + count, [whole]);
        if self.0.len() > MOST {
            self.join_the_nearest();
        }
    }

    pub(super) fn ranges(&self) -> impl Iterator<Item = Range> + '_ {
        self.0.iter().copied()
    }

    fn join_the_nearest(&mut self) {
        let gaps = self.0.iter().zip(self.0.iter().skip(1)).map(|(one, next)| next.first.abs_diff(one.last));
        let Some((place, _)) = gaps.enumerate().min_by_key(|(_, gap)| *gap) else { return };
        let joined: Vec<_> =
            self.0.iter().skip(place).take(2).copied().reduce(Range::with).into_iter().collect();
        self.0.splice(place..place + 2, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(forgotten: &Forgotten) -> Vec<(i64, i64)> {
        forgotten.ranges().map(|range| (range.first, range.last)).collect()
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let mut forgotten = Forgotten::default();
        for number in [1, 3, 6, 2, 7, 5] {
            forgotten.add(Range::one(number));
        }
        assert_eq!(ranges(&forgotten), [(1, 3), (5, 7)]);
        assert_eq!(
            [0, 1, 3, 4, 5, 7, 8].map(|number| forgotten.contains(number)),
            [false, true, true, false, true, true, false]
        );
    }

    #[test]
    fn of_more_than_there_may_be_the_nearest_become_one() {
        let mut forgotten = Forgotten::default();
        let number = |n: usize| i64::try_from(n * n).unwrap() + 100 * i64::try_from(n).unwrap();
        for n in 0..MOST {
            forgotten.add(Range::one(number(n)));
        }
        assert_eq!(ranges(&forgotten).len(), MOST);
        // The first two are nearest to each other.
        forgotten.add(Range::one(number(MOST)));
        assert_eq!(
            (ranges(&forgotten).len(), ranges(&forgotten)[..2].to_vec()),
            (MOST, vec![(0, 101), (204, 204)])
        );
    }
}
