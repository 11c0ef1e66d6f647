//! What must outlive the process: the registry, the signing keys and a few settings.

mod folder;
mod sqlite;

use std::future::Future;
use std::pin::Pin;

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{ApiResource, Delegation, OrganisationEntry};
use helseid_protocol::id::{Audience, ClientId};

use crate::model::{Client, StoredSigningKey};

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
}

/// Keeps what must outlive the process. What has been put is there after a crash.
pub(crate) trait Store: Send + Sync + 'static {
    /// Everything that is registered.
    fn contents(&self) -> Stored<'_, Contents>;
    /// Puts a client in the place of the one with its id, with all its keys.
    fn put_client<'a>(&'a self, client: &'a Client) -> Stored<'a, ()>;
    /// Removes a client and its keys.
    fn remove_client<'a>(&'a self, id: &'a ClientId) -> Stored<'a, ()>;
    /// Puts an API in the place of the one with its name.
    fn put_api<'a>(&'a self, api: &'a ApiResource) -> Stored<'a, ()>;
    /// Removes an API.
    fn remove_api<'a>(&'a self, audience: &'a Audience) -> Stored<'a, ()>;
    /// Puts an organisation in the place of the one with its number.
    fn put_organisation<'a>(&'a self, organisation: &'a OrganisationEntry) -> Stored<'a, ()>;
    /// Removes an organisation.
    fn remove_organisation<'a>(&'a self, number: &'a OrganisationNumber) -> Stored<'a, ()>;
    /// Puts a delegation; one that is there already stays.
    fn put_delegation<'a>(&'a self, delegation: &'a Delegation) -> Stored<'a, ()>;
    /// Removes a delegation.
    fn remove_delegation<'a>(&'a self, delegation: &'a Delegation) -> Stored<'a, ()>;
    /// The signing keys, the newest first.
    fn signing_keys(&self) -> Stored<'_, Vec<StoredSigningKey>>;
    /// Adds a signing key.
    fn put_signing_key<'a>(&'a self, key: &'a StoredSigningKey) -> Stored<'a, ()>;
    /// The setting of this name.
    fn setting<'a>(&'a self, name: &'a str) -> Stored<'a, Option<String>>;
    /// Puts a setting in the place of the one of its name.
    fn put_setting<'a>(&'a self, name: &'a str, value: &'a str) -> Stored<'a, ()>;
}
