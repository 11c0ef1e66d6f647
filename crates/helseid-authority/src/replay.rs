//! Used assertions and proofs: claimed once, in memory, with a file that survives the process.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::time::Timestamp;

use crate::store::StoreError;
use crate::store::{Open, private_file};

/// The most ids that are remembered at once; each takes about 50 bytes. Beyond, requests are refused, never let pass.
const MAX: usize = 4_000_000;

/// One id in the file: 16 bytes of a keyed hash, 8 bytes of its end in seconds.
const RECORD: usize = 24;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is the first.
    First,
    /// It was claimed before.
    Again,
    /// No more can be remembered; the request must be refused.
    Full,
}

/// Remembers ids until they would be refused by their age. Claiming is atomic: of many equal claims one is the first.
///
/// Each id is appended to a file without waiting for the disk, and the file read at the start: this survives the end of
/// the process, also `kill -9`, but not the loss of power.
pub(crate) struct Replay {
    key: MacKey,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    until: HashMap<ReplayId, Timestamp>,
    /// Ids of requests that got no further than the nonce.
    seen: HashMap<ReplayId, Timestamp>,
    sweep_at: usize,
    file: Option<(PathBuf, File)>,
}

impl Replay {
    /// Remembers in memory alone.
    pub(crate) fn in_memory(key: MacKey) -> Self {
        Self { key, used: Mutex::default() }
    }

    /// Reads the file, leaves out what has ended, and writes on.
    pub(crate) fn open(key: MacKey, path: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let failed = |why: std::io::Error| StoreError::Folder {
            folder: path.display().to_string(),
            why: why.to_string(),
        };
        let mut bytes = Vec::new();
        match File::open(path) {
            Ok(mut file) => drop(file.read_to_end(&mut bytes).map_err(failed)?),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(failed(why)),
        }
        let until: HashMap<_, _> =
            bytes.chunks_exact(RECORD).filter_map(read).filter(|(_, end)| *end > now).collect();
        let file = rewritten(path, &until).map_err(failed)?;
        let used = Used { until, file: Some((path.to_owned(), file)), ..Used::default() };
        Ok(Self { key, used: Mutex::new(used) })
    }

    /// The key under which ids are made.
    pub(crate) const fn key(&self) -> &MacKey {
        &self.key
    }

    /// Claims `id` until `end`.
    pub(crate) fn claim(&self, id: ReplayId, end: Timestamp, now: Timestamp) -> Claim {
        let mut used = self.used();
        used.sweep(now);
        if used.until.get(&id).is_some_and(|end| *end > now) {
            return Claim::Again;
        }
        if used.until.len() >= MAX {
            return Claim::Full;
        }
        if let Some((path, file)) = &mut used.file {
            // One write: a crash leaves the record whole, or so short that the reader leaves it out.
            if let Err(why) = file.write_all(&record(&id, end)) {
                tracing::error!(file = %path.display(), %why, "a used assertion cannot be written down");
                return Claim::Full;
            }
        }
        used.until.insert(id, end);
        Claim::First
    }

    /// Notes that a request with `id` was sent back for a nonce.
    pub(crate) fn note(&self, id: ReplayId, end: Timestamp, now: Timestamp) {
        let mut used = self.used();
        used.sweep(now);
        if used.seen.len() < MAX {
            used.seen.insert(id, end);
        }
    }

    /// Whether a request with `id` was sent back for a nonce.
    pub(crate) fn was_noted(&self, id: &ReplayId) -> bool {
        self.used().seen.contains_key(id)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Used {
    /// Forgets what has ended, each time that the memory has doubled since.
    fn sweep(&mut self, now: Timestamp) {
        if self.until.len() + self.seen.len() < self.sweep_at.max(1024) {
            return;
        }
        self.until.retain(|_, end| *end > now);
        self.seen.retain(|_, end| *end > now);
        self.sweep_at = (self.until.len() + self.seen.len()) * 2;
        if let Some((path, file)) = &mut self.file {
            match rewritten(path, &self.until) {
                Ok(shorter) => *file = shorter,
                Err(why) => {
                    tracing::warn!(file = %path.display(), %why, "the file of used assertions stays long")
                }
            }
        }
    }
}

/// Writes the file anew with what still counts, and leaves it open for more.
fn rewritten(path: &Path, until: &HashMap<ReplayId, Timestamp>) -> std::io::Result<File> {
    let unfinished = path.with_extension("new");
    let mut file = private_file(&unfinished, Open::Truncate)?;
    let all: Vec<u8> = until.iter().flat_map(|(id, end)| record(id, *end)).collect();
    file.write_all(&all)?;
    drop(file);
    std::fs::rename(&unfinished, path)?;
    private_file(path, Open::Append)
}

fn record(id: &ReplayId, end: Timestamp) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let (first, last) = record.split_at_mut(16);
    first.copy_from_slice(id.as_bytes());
    last.copy_from_slice(&end.seconds().to_be_bytes());
    record
}

fn read(record: &[u8]) -> Option<(ReplayId, Timestamp)> {
    let (id, end) = record.split_first_chunk::<16>()?;
    let end = i64::from_be_bytes(*end.first_chunk::<8>()?);
    Some((ReplayId::from_bytes(*id), Timestamp::from_seconds(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW.seconds() + seconds)
    }

    fn key() -> MacKey {
        MacKey::new(&[7; 32])
    }

    fn id(n: u32) -> ReplayId {
        ReplayId::of(&key(), &[&n.to_be_bytes()])
    }

    #[test]
    fn an_id_is_claimed_once_until_it_ends() {
        let replay = Replay::in_memory(key());
        assert_eq!(replay.claim(id(1), at(60), NOW), Claim::First);
        assert_eq!(replay.claim(id(1), at(60), at(59)), Claim::Again);
        assert_eq!(replay.claim(id(1), at(120), at(60)), Claim::First);
    }

    #[test]
    fn of_many_claims_at_once_one_is_the_first() {
        let replay = Replay::in_memory(key());
        let claims = std::thread::scope(|scope| {
            let claim = || replay.claim(id(1), at(60), NOW);
            let threads: Vec<_> = (0..50).map(|_| scope.spawn(claim)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(claims.iter().filter(|claim| **claim == Claim::First).count(), 1);
        assert!(claims.iter().all(|claim| *claim != Claim::Full));
    }

    #[test]
    fn what_was_claimed_is_remembered_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let replay = Replay::open(key(), &path, NOW).unwrap();
        replay.claim(id(1), at(60), NOW);
        replay.claim(id(2), at(5), NOW);
        drop(replay);
        // The last record of a process that died while writing.
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&[1, 2, 3]).unwrap();
        let next = Replay::open(key(), &path, at(10)).unwrap();
        assert_eq!(next.claim(id(1), at(60), at(10)), Claim::Again);
        assert_eq!(next.claim(id(2), at(60), at(10)), Claim::First);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * RECORD as u64);
    }

    #[test]
    fn memory_and_file_shrink_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let replay = Replay::open(key(), &path, NOW).unwrap();
        for n in 0..5_000 {
            replay.claim(id(n), at(i64::from(n)), at(i64::from(n) - 10));
        }
        assert!(replay.used().until.len() < 1_100);
        assert!(std::fs::metadata(&path).unwrap().len() < 1_100 * RECORD as u64 * 2);
    }
}
