//! A store that is away for some writes.

use std::sync::atomic::{AtomicUsize, Ordering};

use helseid_protocol::time::Timestamp;

use crate::store::{
    Applied, Ending, Epoch, FirstUse, Found, Inserted, Leased, Logout, MemoryStore, Names, NewRow, Replaces,
    RowId, Sealed, SessionStore, StoreError, Stored, Version,
};

/// Of the next writes to a row so many fail: by turns before they are done, and after.
#[derive(Default)]
pub(super) struct Faulty {
    store: MemoryStore,
    pub(super) failures: AtomicUsize,
}

impl Faulty {
    fn failure(&self) -> Option<usize> {
        self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).ok()
    }
}

impl SessionStore for Faulty {
    fn update<'a>(&'a self, id: &'a RowId, version: Version, sealed: &'a Sealed) -> Stored<'a, Applied> {
        let failure = self.failure();
        Box::pin(async move {
            let away = || StoreError::Away("for a moment".to_owned());
            match failure {
                None => self.store.update(id, version, sealed).await,
                Some(left) if left % 2 == 0 => Err(away()),
                Some(_) => self.store.update(id, version, sealed).await.and(Err(away())),
            }
        })
    }

    fn epoch(&self) -> Stored<'_, Epoch> {
        self.store.epoch()
    }

    fn raise_epoch(&self) -> Stored<'_, ()> {
        self.store.raise_epoch()
    }

    fn insert<'a>(&'a self, new: &'a NewRow, replaces: Replaces<'a>, now: Timestamp) -> Stored<'a, Inserted> {
        self.store.insert(new, replaces, now)
    }

    fn find<'a>(&'a self, id: &'a RowId) -> Stored<'a, Option<Found>> {
        self.store.find(id)
    }

    fn touch<'a>(&'a self, id: &'a RowId, used: Timestamp) -> Stored<'a, Applied> {
        self.store.touch(id, used)
    }

    fn lease<'a>(&'a self, id: &'a RowId, until: Timestamp, now: Timestamp) -> Stored<'a, Leased> {
        self.store.lease(id, until, now)
    }

    fn release<'a>(&'a self, id: &'a RowId, until: Timestamp) -> Stored<'a, ()> {
        self.store.release(id, until)
    }

    fn end<'a>(&'a self, what: Ending<'a>) -> Stored<'a, ()> {
        self.store.end(what)
    }

    fn log_out<'a>(&'a self, logout: &'a Logout, now: Timestamp) -> Stored<'a, FirstUse> {
        self.store.log_out(logout, now)
    }

    fn claim<'a>(&'a self, id: &'a Names, ends: Timestamp, now: Timestamp) -> Stored<'a, FirstUse> {
        self.store.claim(id, ends, now)
    }

    fn sweep(&self, idle_since: Timestamp, now: Timestamp) -> Stored<'_, bool> {
        self.store.sweep(idle_since, now)
    }
}
