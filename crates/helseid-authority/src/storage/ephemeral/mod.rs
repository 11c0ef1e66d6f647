//! The ephemeral store: what lives for minutes. In memory for a lone process, in Redis or Valkey for replicas.
//!
//! It holds two things. *One-time ids* ([`OneTimeUse`]), such as those of assertions and proofs, are remembered from their
//! use until they would be refused by their age. *Entries* ([`Entry`]) are values under a [`Key`], such as pushed requests,
//! codes and sign-ins. [`EphemeralStore::redeem`] uses up several of both in one atomic step, or none of them.
//!
//! - A key is a keyed hash under a key of the issuer's own, with its [`Namespace`]: keys of two namespaces, or of two
//!   authorities over one Redis, never meet.
//! - Redis holds values sealed for their key, with their end inside: a value that is moved to another key, changed, or kept
//!   beyond its end does not open. Whoever can write to Redis can still delete an entry, or bring back an older value of
//!   the same key until that value's end. The memory store keeps values in this process alone, and its files hold one-time
//!   ids, which are keyed hashes; so it has nothing to seal.
//! - Everything is bounded: the size of a value ([`Value`]), the entries of a group ([`Group`]), and the number of both
//!   ids and entries in memory. Redis must be set up to refuse what it has no room for; one that evicts is not used.

mod entry;
#[cfg_attr(
    not(any(test, all(feature = "postgres", feature = "redis"))),
    expect(dead_code, reason = "only Redis knows entries by name")
)]
mod key;
mod log;
mod memory;
mod redemption;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod redis;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use helseid_protocol::dpop::FirstUse;
use helseid_protocol::time::Timestamp;

use crate::storage::registry::Applied;

pub(crate) use entry::{Entry, Found, Value, Write};
pub(crate) use key::{Group, Key, Namespace};
pub(crate) use memory::Memory;
pub(crate) use redemption::{OneTimeUse, Outcome, Redeemed, Redemption};
#[cfg(all(feature = "postgres", feature = "redis"))]
pub(crate) use redis::{Epoch, Redis};

/// The store's answer.
pub(crate) type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// Why the store cannot answer. The request must be refused, and may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// There is no room left. Nothing was used up or written.
    Full,
    /// The store cannot be reached, or did not answer: what was asked of it may have been done.
    Away,
    /// Redis was restarted and may have forgotten one-time ids: none is accepted until all that it may have forgotten have
    /// expired. Nothing was used up.
    #[cfg_attr(
        not(all(feature = "postgres", feature = "redis")),
        expect(dead_code, reason = "only Redis is elsewhere")
    )]
    Closed,
    /// Ids that end when this one does were dropped: the clock went back, or the request took long. Redis tells its time
    /// only when it has used everything up, so that the ids may be used and the taken entries gone; in memory nothing was
    /// used up.
    Forgotten,
}

impl Unavailable {
    /// The reason, for the answer.
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::Full => "no more used assertions can be remembered",
            Self::Away => "what remembers used assertions cannot be reached",
            Self::Closed => {
                "what remembers used assertions was restarted; what it may have forgotten must expire first"
            }
            Self::Forgotten => {
                "it is unknown whether this was used: the authority's clock went back, or the request took too long"
            }
        }
    }
}

/// Stores one-time ids and entries. `now` is always the time of this machine, whatever time a request is judged by.
pub(crate) trait EphemeralStore: Send + Sync + 'static {
    /// Uses up all parts of the redemption, or none of them; [`Outcome::Absent`] and [`Unavailable`] say where a refusal may
    /// have used them up. Nothing is ever used up by halves. Of many redemptions of one id or entry, at one replica or at
    /// many, at most one succeeds; an id that the store may have forgotten is refused.
    fn redeem<'a>(&'a self, redemption: Redemption<'a>, now: Timestamp) -> StoreFuture<'a, Redeemed>;
    /// Writes an entry if the condition of the write holds. It is of the group of its latest write alone. A group that has ended takes no more entries: that is a conflict.
    fn write(&self, write: Write, now: Timestamp) -> StoreFuture<'_, Applied>;
    /// The entry of this key.
    fn get(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Found>>;
    /// The value of this key, whose entry is removed. Of many callers, exactly one gets it.
    fn take(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Value>>;
    /// The entries of a group.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "a session ends its codes by the check at their redemption, so that no endpoint lists or ends a group"
        )
    )]
    fn list(&self, group: Group, now: Timestamp) -> StoreFuture<'_, Vec<(Key, Value)>>;
    /// Removes all entries of a group in one step, and lets nobody add to it until `until`.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "a session ends its codes by the check at their redemption, so that no endpoint lists or ends a group"
        )
    )]
    fn end_group(&self, group: Group, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()>;
    /// Whether one-time ids are accepted now.
    fn usable(&self, now: Timestamp) -> Result<(), Unavailable>;
}

impl dyn EphemeralStore {
    /// Claims one id.
    pub(crate) async fn claim(&self, one: OneTimeUse, now: Timestamp) -> Result<FirstUse, Unavailable> {
        let redeemed = self.redeem(Redemption::of(&[one]), now).await?;
        Ok(if matches!(redeemed.outcome, Outcome::Done(_)) { FirstUse::Yes } else { FirstUse::No })
    }
}
