//! What a used assertion or proof is remembered by.

use crate::jose::crypto::MacKey;

/// 16 bytes of a keyed hash: says nothing to others, and nobody can choose one that collides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReplayId([u8; 16]);

impl ReplayId {
    /// The id of these parts under a key of the rememberer's own.
    #[must_use]
    pub fn of(key: &MacKey, parts: &[&[u8]]) -> Self {
        Self(key.code16(parts))
    }

    /// The id that was kept as these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// To keep.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}
