//! A set of rules, as quick as a number.

use super::Rule;

const WORDS: usize = 5;

/// Rules without doubles, in catalogue order. Needs no memory of its own.
///
/// ```
/// use helseid_protocol::rule::{Rule, RuleSet};
///
/// // Which rules a test has seen broken so far.
/// let mut broken: RuleSet = [Rule::DpopAth, Rule::AssertionAud].into_iter().collect();
/// broken.insert(Rule::DpopAth);
/// assert!(broken.contains(Rule::DpopAth) && !broken.contains(Rule::DpopJtiOnce));
/// assert_eq!(broken.iter().collect::<Vec<_>>(), [Rule::AssertionAud, Rule::DpopAth]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleSet([u64; WORDS]);

const _: () = assert!(Rule::ALL.len() <= WORDS * 64, "a set has one bit for each rule");

impl RuleSet {
    /// No rule at all.
    #[must_use]
    pub const fn none() -> Self {
        Self([0; WORDS])
    }

    /// Adds a rule, unless it is there already.
    pub const fn insert(&mut self, rule: Rule) {
        self.set(rule as u16);
    }

    /// Whether `rule` is among them.
    #[must_use]
    pub const fn contains(&self, rule: Rule) -> bool {
        self.has(rule as u16)
    }

    /// Each of them, in catalogue order.
    pub fn iter(&self) -> impl Iterator<Item = Rule> {
        self.places().filter_map(|place| Rule::ALL.get(place).copied())
    }

    #[expect(clippy::indexing_slicing, reason = "rules are fewer than the bits, as is checked above")]
    const fn set(&mut self, place: u16) {
        self.0[(place / 64) as usize] |= 1 << (place % 64);
    }

    #[expect(clippy::indexing_slicing, reason = "rules are fewer than the bits, as is checked above")]
    const fn has(&self, place: u16) -> bool {
        self.0[(place / 64) as usize] & (1 << (place % 64)) != 0
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        (0..).step_by(64).zip(self.0).flat_map(|(first, mut word): (usize, u64)| {
            std::iter::from_fn(move || {
                let place = word.trailing_zeros() as usize;
                // Takes the lowest bit away.
                word &= word.checked_sub(1)?;
                Some(first + place)
            })
        })
    }
}

impl FromIterator<Rule> for RuleSet {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        let mut set = Self::none();
        rules.into_iter().for_each(|rule| set.insert(rule));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_in_catalogue_order_however_they_went_in() {
        let set: RuleSet = Rule::ALL.iter().rev().step_by(3).copied().collect();
        let expected = Rule::ALL.iter().copied().filter(|rule| set.contains(*rule));
        assert!(set.iter().eq(expected));
        assert_eq!(set.iter().count(), Rule::ALL.len().div_ceil(3));
        assert_eq!(RuleSet::none().iter().next(), None);
    }

    #[test]
    fn every_bit_of_every_word_is_a_place_of_its_own() {
        const PLACES: u16 = (WORDS * 64) as u16;
        for all in [vec![0, 63, 64, 127, 128, 191, 192, 255, 256, 319], (0..PLACES).collect::<Vec<_>>()] {
            let mut set = RuleSet::none();
            all.iter().rev().for_each(|place| set.set(*place));
            assert!(set.places().eq(all.iter().map(|place| usize::from(*place))));
            assert!((0..PLACES).all(|place| set.has(place) == all.contains(&place)));
        }
    }
}
