//! How used ids are written down, for the process that comes after this one.

use crate::dpop::ReplayId;
use crate::time::Timestamp;

/// One record of a file of used ids.
///
/// ```
/// use helseid_protocol::dpop::{ReplayId, UsedRecord};
/// use helseid_protocol::time::Timestamp;
///
/// let until = Timestamp::from_seconds(1_790_000_030);
/// let record = UsedRecord::Used { id: ReplayId::from_bytes([7; 16]), until };
/// // To a file, and back when the next process starts.
/// let written: [u8; UsedRecord::BYTES] = record.to_bytes();
/// assert_eq!(UsedRecord::from_bytes(written), record);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedRecord {
    /// An id that was used, and until when it is kept.
    Used {
        /// The id.
        id: ReplayId,
        /// Until when.
        until: Timestamp,
    },
    /// Ids that ended at these times, or between them, were dropped.
    Forgotten {
        /// The first end.
        from: Timestamp,
        /// The last end.
        until: Timestamp,
    },
}

/// What stands in the place of an id's first half where the record is of none. That an id has it is as likely as a wrong
/// guess of 64 bits is right.
const NO_ID: [u8; 8] = [0xff; 8];

impl UsedRecord {
    /// How long a record is: 16 bytes of an id, 8 bytes of its end in seconds.
    pub const BYTES: usize = 24;

    /// To write.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let (name, until) = match self {
            Self::Used { id, until } => (*id.as_bytes(), until),
            Self::Forgotten { from, until } => {
                let mut name = [0; 16];
                let (mark, first) = name.split_at_mut(8);
                mark.copy_from_slice(&NO_ID);
                first.copy_from_slice(&from.seconds().to_be_bytes());
                (name, until)
            }
        };
        let mut bytes = [0; Self::BYTES];
        let (first, last) = bytes.split_at_mut(16);
        first.copy_from_slice(&name);
        last.copy_from_slice(&until.seconds().to_be_bytes());
        bytes
    }

    /// What was written as these bytes; any are a record.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let seconds = |at: usize| {
            let (eight, _) = bytes.get(at..).and_then(<[u8]>::split_first_chunk).unwrap_or((&[0; 8], &[]));
            Timestamp::from_seconds(i64::from_be_bytes(*eight))
        };
        match bytes.split_first_chunk::<16>() {
            Some((id, _)) if !id.starts_with(&NO_ID) => {
                Self::Used { id: ReplayId::from_bytes(*id), until: seconds(16) }
            }
            _ => Self::Forgotten { from: seconds(8), until: seconds(16) },
        }
    }
}
