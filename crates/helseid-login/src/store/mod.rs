//! Where sessions are kept: memory, SQLite, PostgreSQL or Redis, or a store of your own that keeps the same promises.
//!
//! | store | for |
//! | --- | --- |
//! | [`MemoryStore`] | one process; its sessions end with it |
//! | `sqlite` | the processes of one machine (feature `sqlite`) |
//! | `postgres` | replicas (feature `postgres`) |
//! | `redis` | replicas (feature `redis`) |
//!
//! A store knows nothing of persons. What it holds of a session is sealed under a key that is made of the server's key and of
//! what only the cookie holds, and the names by which a logout finds sessions ([`IndexKey`]) are codes under the server's key:
//! a stolen store has no token, key, `sub`, `sid` or number in it, and whoever writes to it logs in as nobody. Whoever writes
//! to it can still end sessions, and bring back a row as it was: see [`SessionStore::raise_epoch`].
//!
//! What a store promises is [`SessionStore`]; one suite of tests holds all of them to it.

mod memory;
#[cfg(feature = "redis")]
mod redis;
mod row;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
mod step;
#[cfg(test)]
pub(crate) mod tests;
mod used;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use helseid_protocol::time::Timestamp;

pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis::{RedisStore, redis};
pub use row::{Epoch, Found, IndexKey, Names, NewRow, RowId, Sealed, TooLarge, Version};
#[cfg(feature = "postgres")]
pub use sql::postgres;
#[cfg(feature = "sqlite")]
pub use sql::sqlite;
#[cfg(all(test, feature = "service-tests"))]
use sql::{Limits, within};
pub use step::{Applied, Ending, FirstUse, Inserted, Leased, Logout, LogoutOf, Replaces};

/// A store's answer.
///
/// ```
/// use helseid_login::store::{StoreError, Stored};
///
/// /// For a store of one's own: an answer that comes too late is none.
/// fn in_time<'a, T: Send + 'a>(asked: Stored<'a, T>) -> Stored<'a, T> {
///     let limit = std::time::Duration::from_secs(2);
///     Box::pin(async move {
///         tokio::time::timeout(limit, asked).await.map_err(|why| StoreError::Away(why.to_string()))?
///     })
/// }
/// ```
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store cannot answer. Holds no value and no password.
///
/// ```
/// use helseid_login::store::StoreError;
///
/// /// Whether a load balancer should leave this replica out.
/// fn is_down(error: &StoreError) -> bool {
///     matches!(error, StoreError::Away(_) | StoreError::Unusable(_))
/// }
/// assert!(!is_down(&StoreError::Full));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, or did not answer in time: what was asked of it may have been done.
    #[error("the store of sessions cannot be reached: {0}")]
    Away(String),
    /// There is no room. Nothing was written.
    #[error("the store of sessions is full")]
    Full,
    /// What it holds cannot be read.
    #[error("the store of sessions holds what cannot be read: {0}")]
    Unreadable(String),
    /// It is not set up as it must be.
    #[error("the store of sessions cannot be used: {0}")]
    Unusable(String),
}

/// The longest lease.
pub const MAX_LEASE: Duration = Duration::from_secs(20);

/// Stores sessions. Every operation is atomic, at one process and between all that share the store; what was answered is seen by
/// all from then on. `now` is the caller's time; a store has none of its own, but for Redis, whose entries go by its clock.
///
/// - A row that was deleted does not come back: every write but an insert needs the row to be there, in the version that the
///   caller has read.
/// - An insert and a logout of the same session or person do not pass each other: the logout leaves a mark, until
///   [`Logout::remembered`], in the same step as it deletes, and an insert looks for it in the same step as it writes.
/// - The use of a logout token is recorded in the same step as the deletes.
///
/// ```no_run
/// # async fn example(client: helseid_login::flow::LoginClient) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use helseid_login::{SealingKeys, session::Sessions, store::SessionStore};
///
/// // A store of this module, or one of your own.
/// let store: Arc<dyn SessionStore> = Arc::new(helseid_login::store::MemoryStore::default());
/// let sessions = Sessions::new(client, store.clone(), SealingKeys::from_file("/run/secrets/login-keys")?);
/// // After it was restored from a copy:
/// store.raise_epoch().await?;
/// # drop(sessions);
/// # Ok(()) }
/// ```
pub trait SessionStore: Send + Sync + 'static {
    /// What sessions that are made now carry; another after [`SessionStore::raise_epoch`].
    fn epoch(&self) -> Stored<'_, Epoch>;

    /// Ends all sessions, also those of rows that come back later, such as by a restore.
    ///
    /// Call it after the store was restored from a copy or failed over to a replica that was behind, before anybody is let in:
    /// sessions that had ended since that copy would live again. The program `end_sessions` among the examples does it for a store by
    /// its address, [`Sessions::end_all`](crate::session::Sessions::end_all) in an app. A restarted Redis does it by itself.
    fn raise_epoch(&self) -> Stored<'_, ()>;

    /// Puts a new row with version 1, ends the row that it takes the place of, and gives way to a logout that overtook it.
    fn insert<'a>(&'a self, new: &'a NewRow, replaces: Replaces<'a>, now: Timestamp) -> Stored<'a, Inserted>;

    /// The row and the present epoch. Also of a session that has ended by its time: the caller knows the time.
    fn find<'a>(&'a self, id: &'a RowId) -> Stored<'a, Option<Found>>;

    /// Writes what a row holds, if it is of this version, which goes up by one. A lease stays.
    fn update<'a>(&'a self, id: &'a RowId, version: Version, sealed: &'a Sealed) -> Stored<'a, Applied>;

    /// Notes that the session was used. An earlier time than the last is not noted. The version stays.
    fn touch<'a>(&'a self, id: &'a RowId, used: Timestamp) -> Stored<'a, Applied>;

    /// Takes the right to refresh until `until`, which is at most [`MAX_LEASE`] from `now`, unless another has it. One that ends
    /// later than that from now was taken before the clock went back, and counts for nothing.
    fn lease<'a>(&'a self, id: &'a RowId, until: Timestamp, now: Timestamp) -> Stored<'a, Leased>;

    /// Gives the lease that ends at `until` back.
    fn release<'a>(&'a self, id: &'a RowId, until: Timestamp) -> Stored<'a, ()>;

    /// Ends sessions. Of what is not there nothing is told.
    fn end<'a>(&'a self, what: Ending<'a>) -> Stored<'a, ()>;

    /// Ends the sessions of a logout, leaves its mark, and records its token if it has one; where the token was used before, does
    /// nothing.
    /// Where there is no room for the mark or the token, which is [`StoreError::Full`], the sessions end all the same if ending needs
    /// no room.
    fn log_out<'a>(&'a self, logout: &'a Logout, now: Timestamp) -> Stored<'a, FirstUse>;

    /// Records the use of an id, by its name under each key, until `ends`.
    fn claim<'a>(&'a self, id: &'a Names, ends: Timestamp, now: Timestamp) -> Stored<'a, FirstUse>;

    /// Removes a bounded number of rows and marks that have ended: rows past their end, or last used before `idle_since`. Whether
    /// there may be more.
    fn sweep(&self, idle_since: Timestamp, now: Timestamp) -> Stored<'_, bool>;
}
