//! Used ids in files, so that the next process knows them: they survive the end of the process, also by `kill -9`, but not
//! a power loss.
//!
//! There are two files. New ids are appended to the newer one. When nothing in the older file is remembered any more, the
//! newer file replaces it, with a note of what was dropped: a process that starts with a clock that went back must refuse
//! that. No id is written twice, and together the files hold no more than what was used in two lifetimes of an id.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use helseid_files::{FileError, append_to};
use helseid_protocol::dpop::{UsedIds, UsedRecord};
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::Timestamp;

use super::OneTimeUse;

/// A file below this size is not replaced: 2,700 ids.
const SHORT: u64 = 64 * 1024;

/// The files.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// The length of the newer file in whole records.
    length: u64,
    /// When the last id of each file ends.
    ends: Ends,
    /// Limits the lines about faults: while the disk is full, every request causes one.
    lines: LogBudget,
}

#[derive(Debug, Clone, Copy)]
struct Ends {
    newer: Timestamp,
    older: Timestamp,
}

impl Log {
    /// Reads both files record by record, and opens the newer one for appending.
    pub(super) fn open(path: &Path, mut each: impl FnMut(UsedRecord)) -> Result<Self, FileError> {
        let failed = |why| FileError::System { path: path.to_owned(), why };
        let (_, older) = read(&older(path), &mut each).map_err(failed)?;
        let (length, newer) = read(path, &mut each).map_err(failed)?;
        let file = append_to(path)?;
        // A process that died while writing may have left a partial record.
        file.set_len(length).map_err(failed)?;
        let (ends, lines) = (Ends { newer, older }, LogBudget::new(10, 1));
        Ok(Self { path: path.to_owned(), file, length, ends, lines })
    }

    /// Appends what a request used, in one write. `ids` are all ids that are remembered.
    pub(super) fn write(
        &mut self,
        uses: &[OneTimeUse],
        ids: &UsedIds,
        now: Timestamp,
    ) -> std::io::Result<()> {
        self.make_room(ids, now);
        self.ends.newer = uses.iter().map(|one| one.end).fold(self.ends.newer, Timestamp::max);
        self.append(uses.iter().map(|one| UsedRecord::Used { id: one.id, until: one.end }))
    }

    fn append(&mut self, records: impl Iterator<Item = UsedRecord>) -> std::io::Result<()> {
        // An assertion and a proof.
        let mut bytes = Vec::with_capacity(2 * UsedRecord::BYTES);
        records.for_each(|record| bytes.extend_from_slice(&record.to_bytes()));
        let written = self.file.write_all(&bytes);
        match &written {
            Ok(()) => self.length += bytes.len() as u64,
            // A partial record would shift every record after it.
            Err(_) => drop(self.file.set_len(self.length)),
        }
        written
    }

    /// Logs why ids could not be appended.
    pub(super) fn tell(&self, why: &std::io::Error, now: Timestamp) {
        let file = self.path.display();
        log_within!(self.lines, now, error, %file, %why, "a used assertion cannot be written down");
    }

    /// As on a disk that is full. Gives what is put back by [`Log::make_writable`].
    #[cfg(test)]
    pub(super) fn make_read_only(&mut self, path: &Path) -> File {
        std::mem::replace(&mut self.file, File::open(path).unwrap())
    }

    #[cfg(test)]
    pub(super) fn make_writable(&mut self, file: File) {
        self.file = file;
    }

    /// Replaces the older file by the newer one if nothing in the older file is remembered, and notes what was dropped. If
    /// that fails, the newer file keeps growing.
    fn make_room(&mut self, ids: &UsedIds, now: Timestamp) {
        // Ids that end later were used while the clock was ahead, and are dropped already.
        self.ends.older = self.ends.older.min(UsedIds::last_end(now));
        if self.length < SHORT || !ids.has_dropped(self.ends.older) {
            return;
        }
        let begun = self
            .append(ids.forgotten())
            .and_then(|()| std::fs::rename(&self.path, older(&self.path)))
            .map_err(|why| FileError::System { path: self.path.clone(), why })
            .and_then(|()| append_to(&self.path));
        match begun {
            Ok(file) => {
                self.file = file;
                self.length = 0;
                self.ends.older = self.ends.newer;
            }
            Err(why) => {
                let file = self.path.display();
                log_within!(self.lines, now, warn, %file, %why, "the file of used assertions stays long");
            }
        }
    }
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("older")
}

/// Passes each record of a file on; returns its length in whole records, and when the last of its ids ends.
fn read(path: &Path, each: &mut impl FnMut(UsedRecord)) -> std::io::Result<(u64, Timestamp)> {
    let (mut length, mut end) = (0, Timestamp::from_seconds(0));
    let mut file = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok((length, end)),
        Err(why) => return Err(why),
    };
    let mut bytes = [0; UsedRecord::BYTES];
    while whole(file.read_exact(&mut bytes))? {
        let record = UsedRecord::from_bytes(bytes);
        length += UsedRecord::BYTES as u64;
        if let UsedRecord::Used { until, .. } = record {
            end = end.max(until);
        }
        each(record);
    }
    Ok((length, end))
}

/// Whether a whole record was read; after the last one there is nothing, or a partial record.
fn whole(read: std::io::Result<()>) -> std::io::Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(why) => Err(why),
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::dpop::Claim;

    use super::super::tests::{NOW, at, id};
    use super::*;

    fn one(n: u32, end: i64) -> OneTimeUse {
        OneTimeUse { id: id(n), end: at(end) }
    }

    /// The files, and what they hold.
    struct Opened {
        log: Log,
        ids: UsedIds,
        records: Vec<UsedRecord>,
    }

    fn open(path: &Path, now: Timestamp) -> Opened {
        let (mut ids, mut records) = (UsedIds::default(), Vec::new());
        let log = Log::open(path, |record| {
            records.push(record);
            ids.recall(record, now, usize::MAX);
        });
        Opened { log: log.unwrap(), ids, records }
    }

    impl Opened {
        /// As a request does it.
        fn claim(&mut self, one: OneTimeUse, now: Timestamp) -> Claim {
            let put = self.ids.put(one.id, one.end, now, usize::MAX);
            if put == Claim::First {
                self.log.write(&[one], &self.ids, now).unwrap();
            }
            put
        }
    }

    #[test]
    fn what_could_not_be_written_shifts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let Opened { mut log, ids, .. } = open(&path, NOW);
        log.write(&[one(1, 60), one(2, 60)], &ids, NOW).unwrap();
        let writable = log.make_read_only(&path);
        assert!(log.write(&[one(3, 60)], &ids, NOW).is_err());
        log.make_writable(writable);
        log.write(&[one(4, 60)], &ids, NOW).unwrap();
        let kept = |n| UsedRecord::Used { id: id(n), until: at(60) };
        assert_eq!(open(&path, NOW).records, [kept(1), kept(2), kept(4)]);
    }

    #[test]
    fn files_hold_what_counts_and_shrink_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let mut opened = open(&path, NOW);
        for n in 0..50_000 {
            let second = i64::from(n / 100);
            assert_eq!(opened.claim(one(n, second + 60), at(second)), Claim::First);
        }
        // 100 a second for 60 s, thrice: what counts, and what is older than that in each file.
        let both = std::fs::metadata(&path).unwrap().len() + std::fs::metadata(older(&path)).unwrap().len();
        assert!(both < 18_000 * UsedRecord::BYTES as u64, "{both}");
        let counts =
            |record: &UsedRecord| matches!(record, UsedRecord::Used { until, .. } if *until > at(499));
        assert_eq!(open(&path, at(499)).records.into_iter().filter(counts).count(), 6_000);
    }

    #[test]
    fn a_clock_that_was_ahead_has_no_file_forget_what_was_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let mut opened = open(&path, NOW);
        assert_eq!(opened.claim(one(0, 60), NOW), Claim::First);
        // An hour ahead, for so long that both files are new ones.
        for n in 1..20_000 {
            let ahead = 3600 + i64::from(n / 100);
            assert_eq!(opened.claim(one(n, ahead + 60), at(ahead)), Claim::First);
        }
        for now in [1, 59] {
            let mut next = open(&path, at(now));
            let first = UsedRecord::Used { id: id(0), until: at(60) };
            assert!(!next.records.contains(&first), "it is in no file");
            assert_eq!(next.claim(one(0, 60), at(now)), Claim::Forgotten);
        }
        assert_eq!(open(&path, at(66)).claim(one(20_000, 126), at(66)), Claim::First);
    }
}
