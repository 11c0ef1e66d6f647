//! What is kept for minutes: used assertions and proofs, and small values under names that nobody can guess.
//!
//! Names are keyed hashes under a key of the issuer's own, with the kind of thing as
//! their first part: no two kinds collide, nor two authorities over one Redis.

mod log;
mod memory;
mod redis;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

pub(crate) use memory::Memory;
pub(crate) use redis::{Epoch, Redis};

/// What is given back, sooner or later.
pub(crate) type Kept<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is the first.
    First,
    /// It was claimed before.
    Again,
}

/// An id that is to be claimed, until its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) id: ReplayId,
    pub(crate) end: Timestamp,
}

/// What a token request uses up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uses {
    pub(crate) assertion: Use,
    pub(crate) proof: Option<Use>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UsedUp {
    pub(crate) assertion: Claim,
    /// [`Claim::First`] where there is no proof.
    pub(crate) proof: Claim,
    /// Whether a value has the assertion's name.
    pub(crate) noted: bool,
}

/// Why it cannot be told what was used; the request must be refused, and may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// No more can be remembered.
    Full,
    /// What remembers it cannot be reached.
    Away,
    /// It was restarted and may have forgotten: nothing is taken until what it may have forgotten has expired.
    Closed,
    /// What ended when this one ends was let go of: the clock went back, or the request took long.
    Forgotten,
}

impl Unavailable {
    /// For the answer.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Full => "no more used assertions can be remembered",
            Self::Away => "what remembers used assertions cannot be reached",
            Self::Closed => {
                "what remembers used assertions was restarted; what it may have forgotten must expire first"
            }
            Self::Forgotten => {
                "whether this was used cannot be told: the authority's clock went back, or the request took too long"
            }
        }
    }
}

/// A value and how long it is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lived<'a> {
    pub(crate) value: &'a [u8],
    pub(crate) end: Timestamp,
    pub(crate) now: Timestamp,
}

/// Keeps what is of use for minutes.
pub(crate) trait Fleeting: Send + Sync + 'static {
    /// Claims `id` until `end`. Of many equal claims, at one replica or at many, at most one is ever the first; what may have
    /// been forgotten is refused. `now` is the time of this machine, whatever the request is judged by.
    fn claim(&self, one: Use, now: Timestamp) -> Kept<'_, Claim>;
    /// Claims all that a token request uses, by one way to what remembers it, whatever becomes of the first.
    fn use_up(&self, uses: Uses, now: Timestamp) -> Kept<'_, UsedUp>;
    /// Keeps a value under this name, in the place of another.
    fn put<'a>(&'a self, name: ReplayId, lived: Lived<'a>) -> Kept<'a, ()>;
    /// The value of this name.
    fn get(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>>;
    /// The value of this name, which ends by this. Of many that take it at once, exactly one gets it.
    fn take(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>>;
    /// Whether claims can be made now.
    fn usable(&self, now: Timestamp) -> Result<(), Unavailable>;
}
