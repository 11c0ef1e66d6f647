//! What must outlive the process: the registry, the signing keys and a few settings.

mod audit;
mod changes;
mod contents;
mod driver;
mod folder;
mod migrations;
mod postgres;
mod read_back;
mod rows;
mod sql;
mod sqlite;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use helseid_admin_api::{ApiResource, AuditEntry, Delegation, OrganisationEntry};
use helseid_files::FileError;
use helseid_protocol::time::Timestamp;

use crate::domain::change::{Actor, Change, Subject};
use crate::domain::model::{AccessKey, Client, StoredSigningKey};

#[cfg(test)]
pub(crate) use audit::AuditBounds;
pub(crate) use folder::Folder;
pub(crate) use postgres::Postgres;
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
    /// What was put would not be read back as it is; nothing was changed.
    #[error("the {what} cannot be kept: {why}")]
    NotReadBack {
        /// Which kind of entry.
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
    /// The database was not reached with TLS, and is not reached without.
    #[error("the database cannot be reached with TLS: {0}")]
    Tls(String),
    /// A file or folder is not private, or the system refused it.
    #[error(transparent)]
    File(#[from] FileError),
    /// It was sealed with a secret that is none of ours.
    #[error("the database is sealed with another secret; give the secret file that the other replicas have")]
    Sealed,
    /// It does not answer, or did not in time.
    #[error("the database does not answer; what was asked of it may still be done")]
    Away,
    /// Others keep changing the same.
    #[error("others keep changing the same entry; try again")]
    Contended,
    /// Another process has it.
    #[error("the data folder {0} is in use by another authority; stop that one, or give --data-dir")]
    Locked(String),
}

/// Each change has a number of its own, higher than those of all before it.
pub(crate) type Version = i64;

/// What is registered, as of a version: all of it, or what was touched since another.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) version: Version,
    /// Whether `clients` are all that there are.
    pub(crate) whole: bool,
    pub(crate) clients: Vec<Client>,
    /// Clients that cannot be read.
    pub(crate) broken: Vec<Broken>,
    /// Clients that were removed, by their names.
    pub(crate) gone: Vec<String>,
    /// All but the clients; nothing if none of it was touched.
    pub(crate) rest: Option<Rest>,
    pub(crate) signing_keys: bool,
}

/// What is registered besides clients, which are many.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    pub(crate) apis: Vec<ApiResource>,
    pub(crate) organisations: Vec<OrganisationEntry>,
    pub(crate) delegations: Vec<Delegation>,
    pub(crate) access_keys: Vec<AccessKey>,
    pub(crate) managed: Vec<Subject>,
    /// What cannot be read of these.
    pub(crate) broken: Vec<Broken>,
}

/// An entry that cannot be read, and why: an older version wrote it, or someone did so by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) subject: Subject,
    pub(crate) why: String,
}

/// What a change was made from: nobody has touched this since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Premise<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) since: Version,
}

/// What became of a change that had a premise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Applied {
    /// It is there.
    Done,
    /// Others came first; nothing was changed.
    Overtaken,
}

/// Who changes something, and when.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    pub(crate) actor: Actor,
    pub(crate) at: Timestamp,
}

/// Keeps what must outlive the process. What has been put is there after a crash.
pub(crate) trait Store: Send + Sync + 'static {
    /// What is newer than `since`, or everything; nothing if there is none.
    fn news(&self, since: Option<Version>) -> Stored<'_, Option<News>>;
    /// Makes all the changes and writes them into the audit log, or does nothing.
    fn apply<'a>(
        &'a self,
        changes: &'a [Change],
        author: &'a Author,
        premise: Option<Premise<'a>>,
    ) -> Stored<'a, Applied>;
    /// The newest entries of the audit log, those before `before` if that is given.
    fn audit(&self, before: Option<i64>, limit: u32) -> Stored<'_, Vec<AuditEntry>>;
    /// Drops some of what is too old or too much in the audit log; tells whether there may be more of that.
    fn trim_audit(&self, now: Timestamp) -> Stored<'_, bool>;
    /// The signing keys.
    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>>;
    /// Puts these signing keys in the place of those with their names, all of them or none; `known` are the names of all
    /// that were there when this was decided.
    fn put_signing_keys<'a>(
        &'a self,
        keys: &'a [StoredSigningKey],
        known: &'a BTreeSet<String>,
    ) -> Stored<'a, Applied>;
    /// The setting of this name.
    fn setting<'a>(&'a self, name: &'a str) -> Stored<'a, Option<String>>;
    /// Puts a setting in the place of the one of its name.
    fn put_setting<'a>(&'a self, name: &'a str, value: &'a str) -> Stored<'a, ()>;
    /// The same, if what is there is still what was expected.
    fn swap_setting<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a str>,
        value: &'a str,
    ) -> Stored<'a, Applied>;
    /// Ends what a new store is filled with at its first start: that is there after a power loss from here on, and so is
    /// whatever is put later, as soon as it is put.
    fn settle(&self) -> Stored<'_, ()>;
}

/// The setting of this name, which is made once, whoever comes first.
pub(crate) async fn setting_once(store: &dyn Store, name: &str, new: String) -> Result<String, StoreError> {
    match store.swap_setting(name, None, &new).await? {
        Applied::Done => Ok(new),
        Applied::Overtaken => Ok(store.setting(name).await?.unwrap_or(new)),
    }
}
