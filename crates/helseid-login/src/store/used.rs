//! Ids that were used, in memory.

use std::collections::HashMap;

use helseid_protocol::time::Timestamp;

use super::{FirstUse, IndexKey, Names, StoreError};

/// Ids that were used, until when that is known.
#[derive(Debug, Default)]
pub(super) struct Used(HashMap<IndexKey, Timestamp>);

impl Used {
    /// Whether it is known that this was used, under any key.
    pub(super) fn has(&self, id: &Names, now: Timestamp) -> bool {
        id.all().any(|name| self.0.get(name).is_some_and(|ends| *ends > now))
    }

    /// Records a use, if there are fewer than so many.
    pub(super) fn claim(
        &mut self,
        id: &Names,
        ends: Timestamp,
        now: Timestamp,
        most: usize,
    ) -> Result<FirstUse, StoreError> {
        if self.has(id, now) {
            return Ok(FirstUse::No);
        }
        if self.0.len() >= most {
            self.sweep(now);
            if self.0.len() >= most {
                return Err(StoreError::Full);
            }
        }
        self.0.insert(*id.first(), ends);
        Ok(FirstUse::Yes)
    }

    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.0.retain(|_, ends| *ends > now);
    }
}
