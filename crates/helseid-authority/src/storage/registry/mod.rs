//! Durable storage of the registry, the signing keys and a few settings.

mod audit;
mod changes;
pub(in crate::storage) mod columns;
mod contents;
mod driver;
mod folder;
mod migrations;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod postgres;
mod read_back;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod reseal;
mod rows;
pub(in crate::storage) mod sql;
mod sqlite;
pub(in crate::storage) mod statement;
#[cfg(test)]
pub(in crate::storage) mod tests;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use helseid_admin_api::{ApiResource, AuditEntry, Delegation, OrganisationEntry, PersonEntry};
use helseid_files::FileError;
use helseid_protocol::time::Timestamp;

use crate::domain::change::{Actor, Change, Kind, Subject};
use crate::domain::model::{AccessKey, Client, StoredSigningKey};

#[cfg(test)]
pub(crate) use audit::AuditBounds;
pub(crate) use folder::Folder;
#[cfg(all(feature = "postgres", feature = "redis"))]
pub(crate) use postgres::Postgres;
pub(crate) use sqlite::Sqlite;
#[cfg(test)]
pub(crate) use tests::NoStore;

/// What a store gives back, sooner or later.
pub(crate) type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The store failed. Says nothing of what is in it.
///
/// ```no_run
/// # async fn example(config: helseid_authority::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::{Authority, Error, StoreError};
///
/// match Authority::start(config).await {
///     Err(Error::Store(StoreError::Full)) => println!("make room on the disk"),
///     started => drop(started?),
/// }
/// # Ok(()) }
/// ```
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

/// What is registered as of a version: everything, or what was touched since an earlier version.
#[derive(Debug)]
pub(crate) struct Delta {
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
    pub(crate) persons: Vec<PersonEntry>,
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

/// What must still hold for a change to be made: since the version that it was planned from, nobody has touched any of this.
#[derive(Debug, Clone)]
pub(crate) struct Precondition {
    pub(super) untouched: Vec<Untouched>,
    pub(super) since: Version,
}

/// What nobody has touched.
#[derive(Debug, Clone)]
pub(super) enum Untouched {
    /// One entry.
    Subject(Subject),
    /// Any entry of a kind.
    Kind(Kind),
}

impl Precondition {
    /// This entry is as it was in that version.
    pub(crate) fn untouched(subject: Subject, since: Version) -> Self {
        Self { untouched: vec![Untouched::Subject(subject)], since }
    }

    /// The same of these entries, too.
    pub(crate) fn and(mut self, subjects: impl IntoIterator<Item = Subject>) -> Self {
        self.untouched.extend(subjects.into_iter().map(Untouched::Subject));
        self
    }

    /// All entries of these kinds are as they were in that version.
    pub(crate) fn untouched_kinds(kinds: &[Kind], since: Version) -> Self {
        Self { untouched: kinds.iter().copied().map(Untouched::Kind).collect(), since }
    }
}

/// The outcome of a conditional change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Applied {
    /// The change was made.
    Done,
    /// The precondition does not hold; nothing was changed.
    Conflict,
}

/// Who changes something, and when.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    pub(crate) actor: Actor,
    pub(crate) at: Timestamp,
}

/// Keeps what must outlive the process. What has been put is there after a crash.
pub(crate) trait Store: Send + Sync + 'static {
    /// What was changed after `since`, or everything; nothing if nothing was changed.
    fn delta(&self, since: Option<Version>) -> Stored<'_, Option<Delta>>;
    /// Makes all the changes and writes them into the audit log, or does nothing.
    fn apply<'a>(
        &'a self,
        changes: &'a [Change],
        author: &'a Author,
        precondition: Option<&'a Precondition>,
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
    /// Puts a setting if its value is still the expected one.
    fn compare_and_swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a str>,
        value: &'a str,
    ) -> Stored<'a, Applied>;
    /// Makes what a new store was filled with at its first start durable: it survives a power loss from here on, and so
    /// does every later change as soon as it is made.
    fn make_durable(&self) -> Stored<'_, ()>;
}

/// The setting of this name, which is made once, whoever comes first.
pub(crate) async fn setting_once(store: &dyn Store, name: &str, new: String) -> Result<String, StoreError> {
    match store.compare_and_swap(name, None, &new).await? {
        Applied::Done => Ok(new),
        Applied::Conflict => Ok(store.setting(name).await?.unwrap_or(new)),
    }
}
