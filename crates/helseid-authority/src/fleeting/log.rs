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

/// The files.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// How long the newer file is, in whole records.
    length: u64,
    /// When the last of what each file holds has ended.
    ends: Ends,
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
        Ok((Self { path: path.to_owned(), file, length, ends }, kept))
    }

    /// Writes down what a request used, in one write.
    pub(super) fn write(&mut self, uses: &[Use], now: Timestamp) -> std::io::Result<()> {
        self.make_room(now);
        let mut records = Vec::with_capacity(uses.len() * RECORD);
        for one in uses {
            records.extend_from_slice(one.id.as_bytes());
            records.extend_from_slice(&one.end.seconds().to_be_bytes());
            self.ends.newer = self.ends.newer.max(one.end);
        }
        let written = self.file.write_all(&records);
        match &written {
            Ok(()) => self.length += records.len() as u64,
            // What was written of it would shift every record behind it.
            Err(_) => drop(self.file.set_len(self.length)),
        }
        written
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
    fn what_could_not_be_written_shifts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = Log::open(&path, NOW).unwrap();
        log.write(&[one(1, 60), one(2, 60)], NOW).unwrap();
        let writable = std::mem::replace(&mut log.file, File::open(&path).unwrap());
        assert!(log.write(&[one(3, 60)], NOW).is_err());
        log.file = writable;
        log.write(&[one(4, 60)], NOW).unwrap();
        let kept: Vec<_> = Log::open(&path, NOW).unwrap().1.iter().map(|one| one.id).collect();
        assert_eq!(kept, [id(1), id(2), id(4)]);
    }

    #[test]
    fn files_hold_what_counts_and_shrink_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = Log::open(&path, NOW).unwrap();
        for n in 0..50_000 {
            log.write(&[one(n, i64::from(n / 100) + 60)], at(i64::from(n / 100))).unwrap();
        }
        // 100 a second for 60 s, thrice: what counts, and what is older than that in each file.
        let both = std::fs::metadata(&path).unwrap().len() + std::fs::metadata(older(&path)).unwrap().len();
        assert!(both < 18_000 * RECORD as u64, "{both}");
        let (_, kept) = Log::open(&path, at(499)).unwrap();
        assert_eq!(kept.len(), 6_000);
    }
}
