//! For a lone process: in memory, with a file of what was used that survives it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

use super::{Claim, Fleeting, Kept, Lived, Unavailable};
use crate::store::StoreError;
use crate::store::{Open, private_file};

/// The most ids that are remembered at once; each takes about 50 bytes. Beyond, requests are refused, never let pass.
const MAX: usize = 4_000_000;

/// One id in the file: 16 bytes of a keyed hash, 8 bytes of its end in seconds.
const RECORD: usize = 24;

/// Remembers ids until they would be refused by their age.
///
/// Each id is appended to a file without waiting for the disk, and the file read at the start: this survives the end of
/// the process, also `kill -9`, but not the loss of power.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Used>);

#[derive(Default)]
struct Used {
    until: HashMap<ReplayId, Timestamp>,
    values: HashMap<ReplayId, (Vec<u8>, Timestamp)>,
    sweep_at: usize,
    file: Option<(PathBuf, File)>,
}

impl Memory {
    /// Reads the file, leaves out what has ended, and writes on.
    pub(crate) fn open(path: &Path, now: Timestamp) -> Result<Self, StoreError> {
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
        Ok(Self(Mutex::new(used)))
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fleeting for Memory {
    fn claim(&self, id: ReplayId, end: Timestamp, now: Timestamp) -> Kept<'_, Claim> {
        let claimed = self.used().claim(id, end, now);
        Box::pin(async move { claimed })
    }

    fn put<'a>(&'a self, name: ReplayId, lived: Lived<'a>) -> Kept<'a, ()> {
        let put = self.used().put(name, lived);
        Box::pin(async move { put })
    }

    fn get(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        let found =
            self.used().values.get(&name).filter(|(_, end)| *end > now).map(|(value, _)| value.clone());
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
    fn claim(&mut self, id: ReplayId, end: Timestamp, now: Timestamp) -> Result<Claim, Unavailable> {
        self.sweep(now);
        if self.until.get(&id).is_some_and(|end| *end > now) {
            return Ok(Claim::Again);
        }
        if self.until.len() >= MAX {
            return Err(Unavailable::Full);
        }
        if let Some((path, file)) = &mut self.file {
            // One write: a crash leaves the record whole, or so short that the reader leaves it out.
            if let Err(why) = file.write_all(&record(&id, end)) {
                tracing::error!(file = %path.display(), %why, "a used assertion cannot be written down");
                return Err(Unavailable::Full);
            }
        }
        self.until.insert(id, end);
        Ok(Claim::First)
    }

    fn put(&mut self, name: ReplayId, lived: Lived<'_>) -> Result<(), Unavailable> {
        self.sweep(lived.now);
        if self.values.len() >= MAX && !self.values.contains_key(&name) {
            return Err(Unavailable::Full);
        }
        self.values.insert(name, (lived.value.to_owned(), lived.end));
        Ok(())
    }

    /// Forgets what has ended, each time that the memory has doubled since.
    fn sweep(&mut self, now: Timestamp) {
        if self.until.len() + self.values.len() < self.sweep_at.max(1024) {
            return;
        }
        self.until.retain(|_, end| *end > now);
        self.values.retain(|_, (_, end)| *end > now);
        self.sweep_at = (self.until.len() + self.values.len()) * 2;
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
    use super::super::tests::{NOW, at, id};
    use super::*;

    #[tokio::test]
    async fn what_was_claimed_is_remembered_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let memory = Memory::open(&path, NOW).unwrap();
        assert_eq!(memory.claim(id(1), at(60), NOW).await, Ok(Claim::First));
        assert_eq!(memory.claim(id(2), at(5), NOW).await, Ok(Claim::First));
        drop(memory);
        // The last record of a process that died while writing.
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&[1, 2, 3]).unwrap();
        let next = Memory::open(&path, at(10)).unwrap();
        assert_eq!(next.claim(id(1), at(60), at(10)).await, Ok(Claim::Again));
        assert_eq!(next.claim(id(2), at(60), at(10)).await, Ok(Claim::First));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * RECORD as u64);
    }

    #[tokio::test]
    async fn memory_and_file_shrink_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let memory = Memory::open(&path, NOW).unwrap();
        for n in 0..5_000 {
            let (end, now) = (at(i64::from(n)), at(i64::from(n) - 10));
            assert_eq!(memory.claim(id(n), end, now).await, Ok(Claim::First));
            memory.put(id(n), Lived { value: b"value", end, now }).await.unwrap();
        }
        let used = memory.used();
        assert!(used.until.len() < 1_100 && used.values.len() < 1_100);
        assert!(std::fs::metadata(&path).unwrap().len() < 1_100 * RECORD as u64 * 2);
    }

    #[tokio::test]
    async fn what_has_ended_may_be_claimed_again() {
        let memory = Memory::default();
        assert_eq!(memory.claim(id(1), at(60), NOW).await, Ok(Claim::First));
        assert_eq!(memory.claim(id(1), at(120), at(60)).await, Ok(Claim::First));
    }
}
