//! Which tokens came once already, by a part of their hash.

use std::sync::atomic::{AtomicU64, Ordering};

use helseid_protocol::resource::TokenHash;

/// A place for each of some hashes. Where two fall upon one place, the newer is known.
pub(crate) struct Met(Box<[AtomicU64]>);

impl Met {
    /// Knows about so many, in 8 bytes each.
    pub(crate) fn new(places: usize) -> Self {
        Self((0..places).map(|_| AtomicU64::new(0)).collect())
    }

    /// Whether this one was the newest at its place, which it is from now on.
    pub(crate) fn again(&self, hash: &TokenHash) -> bool {
        let [place, mark] = hash.halves();
        let places = self.0.len().max(1) as u64;
        let place = usize::try_from(place % places).unwrap_or_default();
        self.0.get(place).is_some_and(|newest| newest.swap(mark, Ordering::Relaxed) == mark)
    }
}
