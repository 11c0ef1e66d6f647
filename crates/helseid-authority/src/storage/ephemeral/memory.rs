//! For a lone process: in memory, with files of what was used that survive it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::dpop::{self, ReplayId, UsedIds};
use helseid_protocol::time::Timestamp;

use super::log::Log;
use super::{Claim, Fleeting, Kept, Lived, Unavailable, Use, UsedUp, Uses};
use crate::storage::registry::StoreError;

/// The most ids that are remembered at once; each takes 10 to 21 bytes. Beyond, requests are refused, never let pass.
const MAX: usize = 4_000_000;

/// Remembers ids until they would be refused by their age.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Used>);

#[derive(Default)]
struct Used {
    ids: UsedIds,
    values: HashMap<ReplayId, (Vec<u8>, Timestamp)>,
    sweep_at: usize,
    log: Option<Log>,
}

impl Memory {
    /// Knows what the files in the folder of `path` hold, and writes on.
    pub(crate) fn open(path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let mut ids = UsedIds::default();
        let log = Log::open(path, |record| ids.recall(record, now, MAX))?;
        Ok(Self(Mutex::new(Used { ids, log: Some(log), ..Used::default() })))
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fleeting for Memory {
    fn claim(&self, one: Use, now: Timestamp) -> Kept<'_, Claim> {
        Box::pin(async move {
            let mut used = self.used();
            let claim = used.claim(one, now)?;
            used.write_down([(one, claim)], now)?;
            Ok(claim)
        })
    }

    fn use_up(&self, uses: Uses, now: Timestamp) -> Kept<'_, UsedUp> {
        Box::pin(async move { self.used().use_up(uses, now) })
    }

    fn put<'a>(&'a self, name: ReplayId, lived: Lived<'a>) -> Kept<'a, ()> {
        let put = self.used().put(name, lived);
        Box::pin(async move { put })
    }

    fn get(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        let found = self.used().value(name, now).cloned();
        Box::pin(async move { Ok(found) })
    }

    fn take(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        let taken = self.used().values.remove(&name).filter(|(_, end)| *end > now).map(|(value, _)| value);
        Box::pin(async move { Ok(taken) })
    }

    fn usable(&self, _: Timestamp) -> Result<(), Unavailable> {
        Ok(())
    }
}

impl Used {
    fn claim(&mut self, one: Use, now: Timestamp) -> Result<Claim, Unavailable> {
        match self.ids.put(one.id, one.end, now, MAX) {
            dpop::Claim::First => Ok(Claim::First),
            dpop::Claim::Again => Ok(Claim::Again),
            dpop::Claim::Full => Err(Unavailable::Full),
            dpop::Claim::Away => Err(Unavailable::Away),
            dpop::Claim::Forgotten => Err(Unavailable::Forgotten),
        }
    }

    fn use_up(&mut self, uses: Uses, now: Timestamp) -> Result<UsedUp, Unavailable> {
        let noted = self.value(uses.assertion.id, now).is_some();
        let assertion = self.claim(uses.assertion, now)?;
        let proof = match uses.proof {
            Some(proof) => Some((proof, self.claim(proof, now)?)),
            None => None,
        };
        self.write_down([Some((uses.assertion, assertion)), proof].into_iter().flatten(), now)?;
        Ok(UsedUp { assertion, proof: proof.map_or(Claim::First, |(_, claim)| claim), noted })
    }

    /// Writes down those that were the first. What is claimed and not written is refused, and stays claimed.
    fn write_down(
        &mut self,
        claims: impl IntoIterator<Item = (Use, Claim)>,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let firsts = claims.into_iter().filter(|(_, claim)| *claim == Claim::First).map(|(one, _)| one);
        let firsts: Vec<_> = firsts.collect();
        if firsts.is_empty() {
            return Ok(());
        }
        log.write(&firsts, &self.ids, now).map_err(|why| {
            log.tell(&why, now);
            Unavailable::Full
        })
    }

    fn value(&self, name: ReplayId, now: Timestamp) -> Option<&Vec<u8>> {
        self.values.get(&name).filter(|(_, end)| *end > now).map(|(value, _)| value)
    }

    fn put(&mut self, name: ReplayId, lived: Lived<'_>) -> Result<(), Unavailable> {
        self.sweep(lived.now);
        if self.values.len() >= MAX && !self.values.contains_key(&name) {
            return Err(Unavailable::Full);
        }
        self.values.insert(name, (lived.value.to_owned(), lived.end));
        Ok(())
    }

    /// Forgets the values that have ended, each time that they have doubled since.
    fn sweep(&mut self, now: Timestamp) {
        if self.values.len() < self.sweep_at.max(1024) {
            return;
        }
        self.values.retain(|_, (_, end)| *end > now);
        self.sweep_at = self.values.len() * 2;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::tests::{NOW, at, id};
    use super::*;

    fn one(n: u32, end: i64) -> Use {
        Use { id: id(n), end: at(end) }
    }

    #[tokio::test]
    async fn what_was_claimed_is_remembered_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let memory = Memory::open(&path, NOW).unwrap();
        assert_eq!(memory.claim(one(1, 60), NOW).await, Ok(Claim::First));
        assert_eq!(memory.claim(one(2, 5), NOW).await, Ok(Claim::First));
        let uses = Uses { assertion: one(3, 60), proof: Some(one(4, 60)) };
        let first = UsedUp { assertion: Claim::First, proof: Claim::First, noted: false };
        assert_eq!(memory.use_up(uses, NOW).await, Ok(first));
        drop(memory);
        // The last record of a process that died while writing.
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&[1, 2, 3]).unwrap();
        for _ in 0..2 {
            let next = Memory::open(&path, at(10)).unwrap();
            for n in [1, 3, 4] {
                assert_eq!(next.claim(one(n, 60), at(10)).await, Ok(Claim::Again), "{n}");
            }
            assert_eq!(next.claim(one(2, 15), at(10)).await, Ok(Claim::First));
            assert_eq!(next.claim(one(2, 5), at(1)).await, Ok(Claim::Again));
            drop(next);
            let begun = std::fs::metadata(&path).unwrap().len();
            assert_eq!(begun % 24, 0, "whole records");
            std::fs::write(&path, &std::fs::read(&path).unwrap()[..4 * 24]).unwrap();
        }
    }

    #[tokio::test]
    async fn memory_shrinks_again() {
        let memory = Memory::default();
        for n in 0..5_000 {
            let (end, now) = (i64::from(n), at(i64::from(n) - 10));
            assert_eq!(memory.claim(one(n, end), now).await, Ok(Claim::First));
            memory.put(id(n), Lived { value: b"value", end: at(end), now }).await.unwrap();
        }
        let used = memory.used();
        assert!(used.ids.held() < 20 && used.values.len() < 1_100);
    }

    #[tokio::test]
    async fn what_has_ended_may_be_claimed_again() {
        let memory = Memory::default();
        assert_eq!(memory.claim(one(1, 60), NOW).await, Ok(Claim::First));
        assert_eq!(memory.claim(one(1, 120), at(59)).await, Ok(Claim::Again));
        assert_eq!(memory.claim(one(1, 120), at(65)).await, Ok(Claim::First));
    }

    #[tokio::test]
    async fn a_process_that_starts_while_the_clock_is_ahead_knows_what_it_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let memory = Memory::open(&path, NOW).unwrap();
        assert_eq!(memory.claim(one(1, 71), NOW).await, Ok(Claim::First));
        drop(memory);
        let ahead = Memory::open(&path, at(86_400)).unwrap();
        assert_eq!(ahead.claim(one(1, 71), at(1)).await, Err(Unavailable::Forgotten));
        assert_eq!(ahead.claim(one(2, 90), at(20)).await, Ok(Claim::First));
    }

    #[tokio::test]
    async fn a_clock_that_goes_forward_and_back_makes_nothing_new() {
        let memory = Memory::default();
        let uses = Uses { assertion: one(1, 71), proof: Some(one(2, 90)) };
        assert!(memory.use_up(uses, NOW).await.is_ok());
        assert_eq!(memory.claim(one(3, 371), at(300)).await, Ok(Claim::First));
        assert_eq!(memory.use_up(uses, at(1)).await, Err(Unavailable::Forgotten));
        assert_eq!(memory.claim(one(2, 90), at(1)).await, Err(Unavailable::Forgotten));
    }
}
