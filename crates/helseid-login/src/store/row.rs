//! A session as a store sees it.

use std::fmt;

use helseid_protocol::bounded::Bounded;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{Random, bytes16};
use helseid_protocol::time::Timestamp;

use crate::keys::MAX_KEYS;

macro_rules! opaque {
    ($($(#[$doc:meta])+ $name:ident, $length:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Takes the bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }

            /// As base64url.
            #[must_use]
            pub fn to_text(self) -> String {
                base64url::encode(&self.0)
            }

            /// Reads base64url.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                base64url::decode(text).ok()?.try_into().ok().map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}

opaque! {
    /// The id of a row. It opens nothing: the cookie has a secret beside it.
    ///
    /// ```
    /// use helseid_client::protocol::random::SystemRandom;
    /// use helseid_login::store::RowId;
    ///
    /// // For a store of one's own, whose keys are texts.
    /// let id = RowId::new(&SystemRandom);
    /// assert_eq!(RowId::from_text(&id.to_text()), Some(id));
    /// ```
    RowId, 16;
    /// What a session is found by where a logout comes without its cookie: a code of `sid` or `sub` under the server's key.
    ///
    /// ```
    /// use helseid_login::store::IndexKey;
    ///
    /// // It does not print itself, though it says nothing of the person.
    /// assert_eq!(format!("{:?}", IndexKey::from_bytes([7; 32])), "IndexKey(hidden)");
    /// ```
    IndexKey, 32;
    /// What every session is sealed with that was made since it was raised last.
    ///
    /// ```
    /// use helseid_client::protocol::random::SystemRandom;
    /// use helseid_login::store::Epoch;
    ///
    /// // What a store begins with, and takes in `raise_epoch`.
    /// assert_ne!(Epoch::new(&SystemRandom), Epoch::new(&SystemRandom));
    /// ```
    Epoch, 16;
}

impl RowId {
    /// A new one.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        Self(bytes16(random))
    }
}

impl Epoch {
    /// A new one, which no epoch before was.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        Self(bytes16(random))
    }
}

/// How often a row was written; a row begins with 1.
///
/// ```
/// use helseid_login::store::Version;
///
/// assert_eq!(Version::FIRST.next(), Version::new(2));
/// assert!(Version::FIRST < Version::new(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u32);

impl Version {
    /// That of a new row.
    pub const FIRST: Self = Self(1);

    /// Takes the number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The one after it, as long as there is one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What a row holds: sealed, at most 64 KiB.
///
/// ```
/// use helseid_login::store::Sealed;
///
/// let sealed = Sealed::new(b"what only the keys of the app open".to_vec())?;
/// assert_eq!(format!("{sealed:?}"), "Sealed(34 bytes)");
/// # Ok::<(), helseid_login::store::TooLarge>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// There is more than a row may hold.
///
/// ```
/// use helseid_login::store::{Sealed, TooLarge};
///
/// assert_eq!(Sealed::new(vec![0; Sealed::MAX_BYTES + 1]), Err(TooLarge));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session may hold at most {} bytes", Sealed::MAX_BYTES)]
pub struct TooLarge;

impl Sealed {
    /// The most bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Takes at most [`Sealed::MAX_BYTES`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, TooLarge> {
        if bytes.len() <= Self::MAX_BYTES { Ok(Self(bytes)) } else { Err(TooLarge) }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed({} bytes)", self.0.len())
    }
}

/// The names of one thing under each of the server's keys. A row has the first alone; what was named under another key is found by
/// looking for all of them.
///
/// ```
/// use helseid_login::store::Names;
///
/// /// For a store of one's own: the parameters of a query for what has any of the names.
/// fn parameters(names: &Names) -> Vec<&[u8]> {
///     names.all().map(|name| name.as_bytes().as_slice()).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    first: IndexKey,
    others: Bounded<IndexKey, MAX_KEYS>,
}

impl Names {
    /// The first key's name, and those of the others.
    #[must_use]
    pub fn new(first: IndexKey, others: Bounded<IndexKey, MAX_KEYS>) -> Self {
        Self { first, others }
    }

    /// The first key's.
    #[must_use]
    pub const fn first(&self) -> &IndexKey {
        &self.first
    }

    /// All of them, the first key's first.
    pub fn all(&self) -> impl Iterator<Item = &IndexKey> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// A row to insert.
///
/// ```
/// use helseid_client::protocol::{random::SystemRandom, time::Timestamp};
/// use helseid_login::store::{IndexKey, Names, NewRow, RowId, Sealed};
/// use std::time::Duration;
///
/// // As a test of a store makes one.
/// let now = Timestamp::from_seconds(1_790_000_000);
/// let row = NewRow {
///     id: RowId::new(&SystemRandom),
///     sealed: Sealed::new(b"sealed".to_vec())?,
///     session: None,
///     person: Names::new(IndexKey::from_bytes([7; 32]), Default::default()),
///     authenticated: now,
///     used: now,
///     ends: now.plus(Duration::from_secs(3600)),
/// };
/// # drop(row); Ok::<(), helseid_login::store::TooLarge>(())
/// ```
#[derive(Debug, Clone)]
pub struct NewRow {
    /// Its id.
    pub id: RowId,
    /// What it holds.
    pub sealed: Sealed,
    /// The session at the issuer, if it has told one.
    pub session: Option<Names>,
    /// The person.
    pub person: Names,
    /// When the person authenticated.
    pub authenticated: Timestamp,
    /// When it was last used.
    pub used: Timestamp,
    /// When it ends, whatever happens. The sealed record has it too, and that one decides.
    pub ends: Timestamp,
}

/// A row as it is found, and the store's epoch at that moment.
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
/// use helseid_login::store::Version;
///
/// let found = store.find(&row.id).await?.ok_or("it was just inserted")?;
/// assert_eq!((found.version, found.used), (Version::FIRST, now));
/// // A session with an older epoch has ended.
/// assert_eq!(found.epoch, store.epoch().await?);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How often it was written.
    pub version: Version,
    /// What it holds.
    pub sealed: Sealed,
    /// When it was last used.
    pub used: Timestamp,
    /// The epoch.
    pub epoch: Epoch,
}
