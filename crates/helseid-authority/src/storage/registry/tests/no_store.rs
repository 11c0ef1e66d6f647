//! A store that is away, for tests that need none.

use std::collections::BTreeSet;

use helseid_admin_api::AuditEntry;
use helseid_protocol::time::Timestamp;

use crate::domain::change::Change;
use crate::domain::model::StoredSigningKey;
use crate::storage::registry::{Applied, Author, Delta, Precondition, Store, StoreError, Stored, Version};

/// A store that is away.
pub(crate) struct NoStore;

fn away<T: Send + 'static>() -> Stored<'static, T> {
    Box::pin(std::future::ready(Err(StoreError::Away)))
}

impl Store for NoStore {
    fn delta(&self, _: Option<Version>) -> Stored<'_, Option<Delta>> {
        away()
    }

    fn apply<'a>(
        &'a self,
        _: &'a [Change],
        _: &'a Author,
        _: Option<&'a Precondition>,
    ) -> Stored<'a, Applied> {
        away()
    }

    fn audit(&self, _: Option<i64>, _: u32) -> Stored<'_, Vec<AuditEntry>> {
        away()
    }

    fn trim_audit(&self, _: Timestamp) -> Stored<'_, bool> {
        away()
    }

    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>> {
        away()
    }

    fn put_signing_keys<'a>(
        &'a self,
        _: &'a [StoredSigningKey],
        _: &'a BTreeSet<String>,
    ) -> Stored<'a, Applied> {
        away()
    }

    fn setting<'a>(&'a self, _: &'a str) -> Stored<'a, Option<String>> {
        away()
    }

    fn put_setting<'a>(&'a self, _: &'a str, _: &'a str) -> Stored<'a, ()> {
        away()
    }

    fn compare_and_swap<'a>(&'a self, _: &'a str, _: Option<&'a str>, _: &'a str) -> Stored<'a, Applied> {
        away()
    }

    fn make_durable(&self) -> Stored<'_, ()> {
        away()
    }
}
