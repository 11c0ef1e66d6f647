//! What a request uses up.

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

use super::{Key, Value};

/// The use of something that may be used once. It is remembered until its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OneTimeUse {
    /// A keyed hash of the id and of what it is the id of.
    pub(crate) id: ReplayId,
    pub(crate) end: Timestamp,
}

/// All that a request uses up, in one step or not at all; see [`Outcome::Absent`] for what Redis cannot tell beforehand.
///
/// A pushed request is taken. An authorization code is a one-time use that requires its entry: the entry stays until its
/// end, so that a code that is presented again is known, with what it gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Redemption<'a> {
    /// Ids that must be unused.
    pub(crate) uses: &'a [OneTimeUse],
    /// Entries that must be there, and are removed.
    pub(crate) takes: &'a [Key],
    /// Entries that must be there, and stay.
    pub(crate) requires: &'a [Key],
    /// An entry that is looked for; whether it is there decides nothing.
    pub(crate) marker: Option<Key>,
}

impl<'a> Redemption<'a> {
    /// These ids alone.
    pub(crate) const fn of(uses: &'a [OneTimeUse]) -> Self {
        Self { uses, takes: &[], requires: &[], marker: None }
    }
}

/// What became of a redemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redeemed {
    pub(crate) outcome: Outcome,
    /// Whether the marker was there.
    pub(crate) marked: bool,
}

/// Whether it succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was used up. These are the values that were taken, in their order.
    Done(Vec<Value>),
    /// The id at this index was used before. Nothing was used up.
    Spent(usize),
    /// The entry at this index, counted over the taken and then the required ones, is not there. Nothing was used up, unless
    /// there is something in Redis that is not ours or past its end, which is seen when it is opened: then the ids are used
    /// and the taken entries are gone.
    Absent(usize),
}
