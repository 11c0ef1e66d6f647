//! Used ids in files, so that the next process knows them: this survives the end of the process, also `kill -9`, but not
//! the loss of power.
//!
//! There are two files. The newer one is written to; when all that the older one holds has ended, the newer takes its
//! place. Nothing is ever written twice, and together they are no longer than what was used in two lives of an id.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

use super::Use;
use crate::store::{Open, private_file};

/// One id in a file: 16 bytes of a keyed hash, 8 bytes of its end in seconds.
const RECORD: usize = 24;

/// A shorter file stays the newer one: 2,700 ids.
const SHORT: u64 = 64 * 1024;

/// The files, and what waits to be written.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// How long the newer file is, in whole records.
    length: u64,
    /// When the last of what each file holds has ended.
    ends: Ends,
    waiting: Vec<u8>,
    /// How many records there were, how many of them are written or lost, and how many of them came before a loss.
    appended: u64,
    written: u64,
    lost: u64,
}

#[derive(Debug, Clone, Copy)]
struct Ends {
    newer: Timestamp,
    older: Timestamp,
}

impl Log {
    /// Reads both files; gives what has not ended, and writes on.
    pub(super) fn open(path: &Path, now: Timestamp) -> std::io::Result<(Self, Vec<Use>)> {
        let (older, newer) = (read(&older(path))?, read(path)?);
        let file = private_file(path, Open::Append)?;
        // The last record of a process that died while it wrote may be a part of one.
        let length = (newer.len() * RECORD) as u64;
        file.set_len(length)?;
        let end = |uses: &[Use]| uses.iter().map(|one| one.end).max().unwrap_or(Timestamp::from_seconds(0));
        let ends = Ends { newer: end(&newer), older: end(&older) };
        let kept = older.into_iter().chain(newer).filter(|one| one.end > now).collect();
        let waiting = Vec::new();
        Ok((
            Self { path: path.to_owned(), file, length, ends, waiting, appended: 0, written: 0, lost: 0 },
            kept,
        ))
    }

    /// Puts a record behind those that wait; gives its number.
    pub(super) fn append(&mut self, one: Use) -> u64 {
        self.waiting.extend_from_slice(one.id.as_bytes());
        self.waiting.extend_from_slice(&one.end.seconds().to_be_bytes());
        self.ends.newer = self.ends.newer.max(one.end);
        self.appended += 1;
        self.appended
    }

    /// Writes everything that waits, unless the record of this number was written already. When that fails, every record
    /// that waited is lost, and nobody may rely on one.
    pub(super) fn write(&mut self, number: u64, now: Timestamp) -> std::io::Result<()> {
        if self.written < number {
            self.make_room(now);
            let written = self.file.write_all(&self.waiting);
            match &written {
                Ok(()) => self.length += self.waiting.len() as u64,
                // What was written of it would shift every record behind it.
                Err(_) => drop(self.file.set_len(self.length)),
            }
            self.waiting.clear();
            self.written = self.appended;
            if written.is_err() {
                self.lost = self.appended;
            }
            written
        } else if number <= self.lost {
            Err(ErrorKind::WriteZero.into())
        } else {
            Ok(())
        }
    }

    /// Where the newer file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the newer file in the older one's place, if that holds nothing that counts. Without a new file the newer one
    /// grows on.
    fn make_room(&mut self, now: Timestamp) {
        if self.length < SHORT || self.ends.older > now {
            return;
        }
        let begun = std::fs::rename(&self.path, older(&self.path))
            .and_then(|()| private_file(&self.path, Open::Append));
        match begun {
            Ok(file) => {
                self.file = file;
                self.length = 0;
                self.ends.older = self.ends.newer;
            }
            Err(why) => {
                tracing::warn!(file = %self.path.display(), %why, "the file of used assertions stays long")
            }
        }
    }
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("older")
}

fn read(path: &Path) -> std::io::Result<Vec<Use>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let record = |record: &[u8]| {
        let (id, end) = record.split_first_chunk::<16>()?;
        let end = i64::from_be_bytes(*end.first_chunk::<8>()?);
        Some(Use { id: ReplayId::from_bytes(*id), end: Timestamp::from_seconds(end) })
    };
    Ok(bytes.chunks_exact(RECORD).filter_map(record).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, at, id};
    use super::*;

    fn one(n: u32, end: i64) -> Use {
        Use { id: id(n), end: at(end) }
    }

    #[test]
    fn one_write_is_for_all_that_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = Log::open(&path, NOW).unwrap();
        let (first, second) = (log.append(one(1, 60)), log.append(one(2, 60)));
        log.write(first, NOW).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * RECORD as u64);
        log.write(second, NOW).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * RECORD as u64);
    }

    #[test]
    fn who_waited_for_a_write_that_failed_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = Log::open(&path, NOW).unwrap();
        let writable = std::mem::replace(&mut log.file, File::open(&path).unwrap());
        let (first, second) = (log.append(one(1, 60)), log.append(one(2, 60)));
        assert!(log.write(first, NOW).is_err() && log.write(second, NOW).is_err());
        log.file = writable;
        let third = log.append(one(3, 60));
        assert!(log.write(third, NOW).is_ok() && log.write(second, NOW).is_err());
        assert_eq!(Log::open(&path, NOW).unwrap().1.len(), 1);
    }

    #[test]
    fn files_hold_what_counts_and_shrink_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = Log::open(&path, NOW).unwrap();
        for n in 0..50_000 {
            let number = log.append(one(n, i64::from(n / 100) + 60));
            log.write(number, at(i64::from(n / 100))).unwrap();
        }
        // 100 a second for 60 s, thrice: what counts, and what is older than that in each file.
        let both = std::fs::metadata(&path).unwrap().len() + std::fs::metadata(older(&path)).unwrap().len();
        assert!(both < 18_000 * RECORD as u64, "{both}");
        let (_, kept) = Log::open(&path, at(499)).unwrap();
        assert_eq!(kept.len(), 6_000);
    }
}
