//! What must outlive the process: the registry, the signing keys and a few settings.

mod folder;
mod rows;
mod sqlite;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use helseid_protocol::endpoint::admin::{ApiResource, AuditEntry, Delegation, OrganisationEntry};
use helseid_protocol::time::Timestamp;

use crate::change::{Actor, Change, Subject};
use crate::model::{AccessKey, Client, StoredSigningKey};

pub(crate) use folder::{Folder, Open, private_file};
pub(crate) use sqlite::Sqlite;

/// What a store gives back, sooner or later.
pub(crate) type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The store failed. Says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused or is away.
    #[error("the database failed: {0}")]
    Database(String),
    /// There is no more room: on the disk, or by the limit that was set.
    #[error("the database is full; make room on the disk, or raise the limit")]
    Full,
    /// The database is of a newer version of this program, or was changed by hand.
    #[error("the database cannot be brought up to date: {0}")]
    Migration(String),
    /// A row that no version of this program has written.
    #[error("the database holds a {what} that cannot be read: {why}")]
    Unreadable {
        /// Which kind of row.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The data folder cannot be used.
    #[error("the data folder {folder} cannot be used: {why}")]
    Folder {
        /// Which.
        folder: String,
        /// Why not.
        why: String,
    },
    /// Another process has it.
    #[error("the data folder {0} is in use by another authority; stop that one, or give --data-dir")]
    Locked(String),
}

/// Everything that is registered.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) clients: Vec<Client>,
    pub(crate) apis: Vec<ApiResource>,
    pub(crate) organisations: Vec<OrganisationEntry>,
    pub(crate) delegations: Vec<Delegation>,
    pub(crate) access_keys: Vec<AccessKey>,
    pub(crate) managed: Vec<Subject>,
}

/// Who changes something, and when.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    pub(crate) actor: Actor,
    pub(crate) at: Timestamp,
}

/// Keeps what must outlive the process. What has been put is there after a crash.
pub(crate) trait Store: Send + Sync + 'static {
    /// Everything that is registered.
    fn contents(&self) -> Stored<'_, Contents>;
    /// Makes all the changes and writes them into the audit log, or does nothing.
    fn apply<'a>(&'a self, changes: &'a [Change], author: &'a Author) -> Stored<'a, ()>;
    /// The newest entries of the audit log, those before `before` if that is given.
    fn audit(&self, before: Option<i64>, limit: u32) -> Stored<'_, Vec<AuditEntry>>;
    /// The signing keys.
    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>>;
    /// Puts these signing keys in the place of those with their names, all of them or none.
    fn put_signing_keys<'a>(&'a self, keys: &'a [StoredSigningKey]) -> Stored<'a, ()>;
    /// The setting of this name.
    fn setting<'a>(&'a self, name: &'a str) -> Stored<'a, Option<String>>;
    /// Puts a setting in the place of the one of its name.
    fn put_setting<'a>(&'a self, name: &'a str, value: &'a str) -> Stored<'a, ()>;
}
