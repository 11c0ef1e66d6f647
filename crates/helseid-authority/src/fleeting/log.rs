//! Used ids in files, so that the next process knows them: this survives the end of the process, also `kill -9`, but not
//! the loss of power.
//!
//! There are two files. The newer one is written to; when all that the older one holds has ended, the newer takes its
//! place. Nothing is ever written twice, and together they are no longer than what was used in two lives of an id.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::time::Timestamp;

use super::Use;
use crate::store::{Open, private_file};

/// One id in a file: 16 bytes of a keyed hash, 8 bytes of its end in seconds.
const RECORD: u64 = 24;

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
    /// Reads both files, one record after the other, and writes on.
    pub(super) fn open(path: &Path, mut each: impl FnMut(Use)) -> std::io::Result<Self> {
        let (_, older) = read(&older(path), &mut each)?;
        let (length, newer) = read(path, &mut each)?;
        let file = private_file(path, Open::Append)?;
        // The last record of a process that died while it wrote may be a part of one.
        file.set_len(length)?;
        Ok(Self { path: path.to_owned(), file, length, ends: Ends { newer, older } })
    }

    /// Writes down what a request used, in one write.
    pub(super) fn write(&mut self, uses: &[Use], now: Timestamp) -> std::io::Result<()> {
        self.make_room(now);
        let mut records = Vec::new();
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

/// Gives each record of a file; tells how long it is in whole records, and when the last of them has ended.
fn read(path: &Path, each: &mut impl FnMut(Use)) -> std::io::Result<(u64, Timestamp)> {
    let (mut length, mut end) = (0, Timestamp::from_seconds(0));
    let mut file = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok((length, end)),
        Err(why) => return Err(why),
    };
    let (mut id, mut seconds) = ([0; 16], [0; 8]);
    while whole(file.read_exact(&mut id))? && whole(file.read_exact(&mut seconds))? {
        let one =
            Use { id: ReplayId::from_bytes(id), end: Timestamp::from_seconds(i64::from_be_bytes(seconds)) };
        length += RECORD;
        end = end.max(one.end);
        each(one);
    }
    Ok((length, end))
}

/// Whether something was read whole; behind the last record there is nothing, or a part of one.
fn whole(read: std::io::Result<()>) -> std::io::Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(why) => Err(why),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, at, id};
    use super::*;

    fn one(n: u32, end: i64) -> Use {
        Use { id: id(n), end: at(end) }
    }

    fn open(path: &Path) -> (Log, Vec<Use>) {
        let mut all = Vec::new();
        (Log::open(path, |one| all.push(one)).unwrap(), all)
    }

    #[test]
    fn what_could_not_be_written_shifts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = open(&path);
        log.write(&[one(1, 60), one(2, 60)], NOW).unwrap();
        let writable = std::mem::replace(&mut log.file, File::open(&path).unwrap());
        assert!(log.write(&[one(3, 60)], NOW).is_err());
        log.file = writable;
        log.write(&[one(4, 60)], NOW).unwrap();
        let kept: Vec<_> = open(&path).1.iter().map(|one| one.id).collect();
        assert_eq!(kept, [id(1), id(2), id(4)]);
    }

    #[test]
    fn files_hold_what_counts_and_shrink_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("used");
        let (mut log, _) = open(&path);
        for n in 0..50_000 {
            log.write(&[one(n, i64::from(n / 100) + 60)], at(i64::from(n / 100))).unwrap();
        }
        // 100 a second for 60 s, thrice: what counts, and what is older than that in each file.
        let both = std::fs::metadata(&path).unwrap().len() + std::fs::metadata(older(&path)).unwrap().len();
        assert!(both < 18_000 * RECORD, "{both}");
        let kept = open(&path).1.into_iter().filter(|one| one.end > at(499)).count();
        assert_eq!(kept, 6_000);
    }
}
