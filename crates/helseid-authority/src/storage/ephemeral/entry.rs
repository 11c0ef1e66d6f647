//! Entries, and how they are written.

use std::fmt;

use helseid_protocol::time::Timestamp;
use zeroize::Zeroizing;

use super::{Group, Key};

/// The value of an entry: at most 64 KiB. Wiped on drop and never shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Value(Zeroizing<Box<[u8]>>);

/// A value is larger than the store accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value of more than {} bytes", Value::MAX_BYTES)]
pub(crate) struct ValueTooLarge;

impl Value {
    /// The most bytes of a value: as many as a request may have.
    pub(crate) const MAX_BYTES: usize = 64 * 1024;

    /// Takes at most [`Value::MAX_BYTES`].
    pub(crate) fn new(bytes: impl Into<Box<[u8]>>) -> Result<Self, ValueTooLarge> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.len() <= Self::MAX_BYTES { Ok(Self(bytes)) } else { Err(ValueTooLarge) }
    }

    /// The value of an entry that says all by being there.
    pub(crate) fn marker() -> Self {
        Self::default()
    }

    /// The bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Value(hidden)")
    }
}

/// What is stored under a key until its end.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) end: Timestamp,
    /// What it ends with, if it is not removed before.
    pub(crate) group: Option<Group>,
}

/// An entry as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) value: Value,
    pub(crate) version: Version,
}

/// Tells whether an entry was written to since it was read: no two writes of an entry have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(super) [u8; 12]);

/// When an entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Always,
    /// If the key has no entry.
    IfAbsent,
    /// If the entry is the one that was read.
    IfUnchanged(Version),
}

/// What a group does that is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// It takes no more.
    Refuse,
    /// It drops the entry that ends first.
    MakeRoom,
}

/// A write of one entry.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(super) key: Key,
    pub(super) entry: Entry,
    pub(super) condition: Condition,
    pub(super) when_full: WhenFull,
}

impl Write {
    /// Puts an entry, and replaces one that is there.
    pub(crate) const fn put(key: Key, entry: Entry) -> Self {
        Self { key, entry, condition: Condition::Always, when_full: WhenFull::Refuse }
    }

    /// Puts an entry if the key has none.
    pub(crate) const fn if_absent(key: Key, entry: Entry) -> Self {
        Self { key, entry, condition: Condition::IfAbsent, when_full: WhenFull::Refuse }
    }

    /// Replaces the entry if it is the one of this version.
    #[cfg_attr(not(test), expect(dead_code, reason = "no entry is changed by what it was yet"))]
    pub(crate) const fn if_unchanged(key: Key, version: Version, entry: Entry) -> Self {
        Self { key, entry, condition: Condition::IfUnchanged(version), when_full: WhenFull::Refuse }
    }

    /// In a group that is full, the entry that ends first makes room: for what is needed at once or not at all, so that whoever
    /// begins again and again and never goes on keeps nobody else from it.
    pub(crate) const fn making_room(mut self) -> Self {
        self.when_full = WhenFull::MakeRoom;
        self
    }
}
