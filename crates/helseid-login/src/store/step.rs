//! What is asked of a store in one step, and what became of it.

use helseid_protocol::time::Timestamp;

use super::row::{Names, RowId, Version};

/// Whether a change was made.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use helseid_login::store::{Applied, Sealed, Version};
///
/// let sealed = Sealed::new(b"something else".to_vec())?;
/// assert_eq!(store.update(&row.id, Version::FIRST, &sealed).await?, Applied::Done);
/// // A writer that has read the first version cannot overwrite the second.
/// assert_eq!(store.update(&row.id, Version::FIRST, &sealed).await?, Applied::Conflict);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was.
    Done,
    /// It was not: the row is of another version, or is not there.
    Conflict,
}

/// What a new row takes the place of.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use helseid_client::protocol::random::SystemRandom;
/// use helseid_login::store::{NewRow, Replaces, RowId};
///
/// // The session goes on under a new id, as after a step-up.
/// let next = NewRow { id: RowId::new(&SystemRandom), ..row.clone() };
/// store.insert(&next, Replaces::Any(&row.id), now).await?;
/// assert!(store.find(&row.id).await?.is_none());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Replaces<'a> {
    /// Nothing.
    Nothing,
    /// This row, which may have ended.
    Any(&'a RowId),
    /// This row of this version, which must be there: what has ended is not continued.
    Live(&'a RowId, Version),
}

/// What became of a new row.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use helseid_client::protocol::random::SystemRandom;
/// use helseid_login::store::{Inserted, NewRow, Replaces, RowId, Version};
///
/// let next = NewRow { id: RowId::new(&SystemRandom), ..row.clone() };
/// let of_an_old_version = Replaces::Live(&row.id, Version::FIRST.next());
/// assert_eq!(store.insert(&next, of_an_old_version, now).await?, Inserted::Conflict);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is there, and the one before it is not.
    Done,
    /// A logout of this session or person overtook it. It is not there; the one before it was ended all the same.
    LoggedOut,
    /// The row that it continues is of another version, or is not there. Nothing was changed.
    Conflict,
}

/// The right to refresh a session.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use helseid_login::store::{Leased, MAX_LEASE};
///
/// // Two replicas want to refresh one session.
/// let until = now.plus(MAX_LEASE);
/// assert_eq!(store.lease(&row.id, until, now).await?, Leased::Taken);
/// assert_eq!(store.lease(&row.id, until, now).await?, Leased::Held);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leased {
    /// It is the caller's until its end.
    Taken,
    /// Another has it.
    Held,
    /// The row is not there.
    Gone,
}

/// Whom a logout is of. Its names are those of all keys.
///
/// ```
/// use helseid_client::protocol::time::Timestamp;
/// use helseid_login::store::{LogoutOf, Names};
///
/// /// For a store of one's own: what the rows must have to be deleted.
/// fn found_by(of: &LogoutOf) -> (&Names, Option<Timestamp>) {
///     match of {
///         LogoutOf::Session(sid) => (sid, None),
///         LogoutOf::Person(sub, until) => (sub, Some(*until)),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub enum LogoutOf {
    /// One session at the issuer (`sid`).
    Session(Names),
    /// A person (`sub`): every session whose person authenticated at this time or before.
    Person(Names, Timestamp),
}

/// A logout by the issuer. A token is good once.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use std::time::Duration;
/// use helseid_login::store::{FirstUse, Inserted, Logout, LogoutOf, Replaces};
///
/// let of = LogoutOf::Person(row.person.clone(), now);
/// let logout = Logout { of, remembered: now.plus(Duration::from_secs(600)), token: None };
/// assert_eq!(store.log_out(&logout, now).await?, FirstUse::Yes);
/// // A login of that person that was on its way is overtaken.
/// assert_eq!(store.insert(&row, Replaces::Nothing, now).await?, Inserted::LoggedOut);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Logout {
    /// Whom it is of.
    pub of: LogoutOf,
    /// Until when it forbids sessions that were on their way.
    pub remembered: Timestamp,
    /// Its token, if it has one: the id under each key, and until when it could be sent again.
    pub token: Option<(Names, Timestamp)>,
}

/// Whether this was the first time. The sessions have ended either way.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use std::time::Duration;
/// use helseid_login::store::FirstUse;
///
/// # let id = row.person.clone();
/// let ends = now.plus(Duration::from_secs(60));
/// assert_eq!(store.claim(&id, ends, now).await?, FirstUse::Yes);
/// assert_eq!(store.claim(&id, ends, now).await?, FirstUse::No);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstUse {
    /// It was.
    Yes,
    /// It was used before.
    No,
}

/// What is ended without a token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::store::SessionStore as _;
/// # let (store, row, now) = {
/// #     use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// #     use helseid_login::store::{IndexKey, MemoryStore, Names, NewRow, Replaces, RowId, Sealed};
/// #     let (store, now) = (MemoryStore::default(), Timestamp::from_seconds(1_790_000_000));
/// #     let (person, ends) = (Names::new(IndexKey::from_bytes([7; 32]), Default::default()), now.plus(std::time::Duration::from_secs(3600)));
/// #     let (id, sealed) = (RowId::new(&SystemRandom), Sealed::new(b"sealed".to_vec())?);
/// #     let row = NewRow { id, sealed, session: None, person, authenticated: now, used: now, ends };
/// #     store.insert(&row, Replaces::Nothing, now).await?;
/// #     (store, row, now)
/// # };
/// use helseid_login::store::Ending;
///
/// store.end(Ending::Row(&row.id)).await?;
/// assert!(store.find(&row.id).await?.is_none());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// One row.
    Row(&'a RowId),
    /// The rows of one session at the issuer, by names under each key.
    Session(&'a Names),
}
