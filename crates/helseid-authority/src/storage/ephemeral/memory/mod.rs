//! For a lone process: in memory. Used ids are also appended to files, so that the next process knows them.

mod entries;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::dpop::{Claim, UsedIds};
use helseid_protocol::time::Timestamp;

use super::log::Log;
use super::{
    EphemeralStore, Found, Group, Key, OneTimeUse, Outcome, Redeemed, Redemption, StoreFuture, Unavailable,
    Value, Write,
};
use crate::storage::registry::{Applied, StoreError};
use entries::Entries;

/// The most ids that are remembered at once; each takes 10 to 21 bytes. Beyond, requests are refused.
const MAX_IDS: usize = 4_000_000;

/// One-time ids and entries, behind one lock that is never held across an await.
#[derive(Default)]
pub(crate) struct Memory(Mutex<State>);

#[derive(Default)]
struct State {
    ids: UsedIds,
    entries: Entries,
    log: Option<Log>,
}

impl Memory {
    /// Reads the files in the folder of `path`, and appends to them from here on.
    pub(crate) fn open(path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let mut ids = UsedIds::default();
        let log = Log::open(path, |record| ids.recall(record, now, MAX_IDS))?;
        Ok(Self(Mutex::new(State { ids, log: Some(log), ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EphemeralStore for Memory {
    fn redeem<'a>(&'a self, redemption: Redemption<'a>, now: Timestamp) -> StoreFuture<'a, Redeemed> {
        Box::pin(async move { self.state().redeem(redemption, now) })
    }

    fn write(&self, write: Write, now: Timestamp) -> StoreFuture<'_, Applied> {
        Box::pin(async move { self.state().entries.write(write, now) })
    }

    fn get(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Found>> {
        Box::pin(async move { Ok(self.state().entries.get(key, now)) })
    }

    fn take(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Value>> {
        Box::pin(async move { Ok(self.state().entries.take(key, now)) })
    }

    fn list(&self, group: Group, now: Timestamp) -> StoreFuture<'_, Vec<(Key, Value)>> {
        Box::pin(async move { Ok(self.state().entries.list(group, now)) })
    }

    fn end_group(&self, group: Group, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.state().entries.end_group(group, until, now) })
    }

    fn usable(&self, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }
}

impl State {
    fn redeem(&mut self, redemption: Redemption<'_>, now: Timestamp) -> Result<Redeemed, Unavailable> {
        let marked = redemption.marker.is_some_and(|key| self.entries.contains(key, now));
        let redeemed = |outcome| Ok(Redeemed { outcome, marked });
        for (index, one) in redemption.uses.iter().enumerate() {
            let refused = match self.ids.put(one.id, one.end, now, MAX_IDS) {
                Claim::First => continue,
                Claim::Again => redeemed(Outcome::Spent(index)),
                Claim::Full => Err(Unavailable::Full),
                Claim::Away => Err(Unavailable::Away),
                Claim::Forgotten => Err(Unavailable::Forgotten),
            };
            self.undo(redemption.uses.iter().take(index));
            return refused;
        }
        let needed = redemption.takes.iter().chain(redemption.requires);
        if let Some(index) = needed.into_iter().position(|key| !self.entries.contains(*key, now)) {
            self.undo(redemption.uses.iter());
            return redeemed(Outcome::Absent(index));
        }
        if let Err(why) = self.append(redemption.uses, now) {
            self.undo(redemption.uses.iter());
            return Err(why);
        }
        let taken = redemption.takes.iter().filter_map(|key| self.entries.take(*key, now)).collect();
        redeemed(Outcome::Done(taken))
    }

    /// Forgets uses that this redemption has just put in.
    fn undo<'a>(&mut self, uses: impl Iterator<Item = &'a OneTimeUse>) {
        uses.for_each(|one| self.ids.undo(one.id, one.end));
    }

    fn append(&mut self, uses: &[OneTimeUse], now: Timestamp) -> Result<(), Unavailable> {
        let Some(log) = self.log.as_mut().filter(|_| !uses.is_empty()) else { return Ok(()) };
        log.write(uses, &self.ids, now).map_err(|why| {
            log.tell(&why, now);
            Unavailable::Full
        })
    }
}
