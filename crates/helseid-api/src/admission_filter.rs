//! Which tokens have come before, by a part of their hash: a token must come twice before it takes the place of another in a
//! full cache.

use std::sync::atomic::{AtomicU64, Ordering};

use helseid_protocol::resource::TokenHash;

/// A slot for each of some hashes. Of two hashes that share a slot, only the newer is remembered.
pub(crate) struct AdmissionFilter(Box<[AtomicU64]>);

impl AdmissionFilter {
    /// A filter of this many slots of 8 bytes.
    pub(crate) fn new(slots: usize) -> Self {
        Self((0..slots).map(|_| AtomicU64::new(0)).collect())
    }

    /// Whether this hash was the last in its slot. From now on it is.
    pub(crate) fn has_come_before(&self, hash: &TokenHash) -> bool {
        let [slot, mark] = hash.halves();
        let slots = self.0.len().max(1) as u64;
        let slot = usize::try_from(slot % slots).unwrap_or_default();
        self.0.get(slot).is_some_and(|last| last.swap(mark, Ordering::Relaxed) == mark)
    }
}
