//! Lists that hold no more than their type allows, however they are made: collected, extended or deserialised.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

/// At most `MAX` items, in their order.
///
/// ```
/// use helseid_protocol::bounded::{Bounded, TooMany};
///
/// let mut few: Bounded<&str, 2> = Bounded::of(["one", "two"])?;
/// assert!(few.push("three").is_err());
/// assert_eq!(few.iter().count(), 2);
/// # Ok::<(), TooMany>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Bounded<T, const MAX: usize>(Vec<T>);

/// There are more items than the list may hold.
///
/// ```
/// use helseid_protocol::bounded::{Bounded, TooMany};
///
/// let read: Result<Bounded<u8, 2>, TooMany> = Bounded::of([1, 2, 3]);
/// assert_eq!(read.map_err(|why| why.max).err(), Some(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {max} items")]
pub struct TooMany {
    /// The most that it may hold.
    pub max: usize,
}

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// The most items that a list of this type holds.
    pub const MAX: usize = MAX;

    /// Collects the items; stops at the first that is too many.
    pub fn of(items: impl IntoIterator<Item = T>) -> Result<Self, TooMany> {
        let mut list = Self::default();
        items.into_iter().try_for_each(|item| list.push(item))?;
        Ok(list)
    }

    /// Adds one item at the end, if there is room.
    pub fn push(&mut self, item: T) -> Result<(), TooMany> {
        if self.is_full() {
            return Err(TooMany { max: MAX });
        }
        self.0.push(item);
        Ok(())
    }

    /// Removes the items for which `keep` is false.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds as many items as it may.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.0.len() >= MAX
    }
}

impl<T, const MAX: usize> Default for Bounded<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for Bounded<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MAX: usize> TryFrom<Vec<T>> for Bounded<T, MAX> {
    type Error = TooMany;

    fn try_from(items: Vec<T>) -> Result<Self, TooMany> {
        if items.len() > MAX { Err(TooMany { max: MAX }) } else { Ok(Self(items)) }
    }
}

impl<T, const MAX: usize> IntoIterator for Bounded<T, MAX> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a Bounded<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(Bounded<T, MAX>);

        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
            type Value = Bounded<T, MAX>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a list of at most {MAX} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Self::Value, A::Error> {
                while let Some(item) = items.next_element()? {
                    self.0.push(item).map_err(A::Error::custom)?;
                }
                Ok(self.0)
            }
        }

        from.deserialize_seq(Items(Bounded::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Three = Bounded<u8, 3>;
    const TOO_MANY: TooMany = TooMany { max: 3 };

    #[test]
    fn no_way_of_making_a_list_gets_past_its_bound() {
        let full = Three::of([1, 2, 3]).expect("as many as it may hold");
        assert_eq!(Three::of(1..=4), Err(TOO_MANY));
        assert_eq!(Three::of(0..), Err(TOO_MANY));
        assert_eq!(Three::try_from(vec![1, 2, 3, 4]), Err(TOO_MANY));
        assert_eq!(full.clone().push(4), Err(TOO_MANY));
        assert_eq!(serde_json::from_str::<Three>("[1,2,3]").expect("as many as it may hold"), full);
        let refusal = serde_json::from_str::<Three>("[1,2,3,4]").expect_err("one too many").to_string();
        assert!(refusal.starts_with("more than 3 items"), "{refusal}");
        assert_eq!(serde_json::to_string(&full).expect("a list"), "[1,2,3]");
    }
}
