//! Login sessions and refresh families: durable, in tables of their own beside the registry's.
//!
//! Nothing here waits for the registry: an operation locks the rows of one session or one family, so that refreshes of
//! different people never wait for each other. Its contract is tested over SQLite, PostgreSQL and memory.
//!
//! - Secrets are stored as hashes: the cookie of a session, and refresh tokens. What else a session or family holds is
//!   sealed in PostgreSQL.
//! - A refresh token names its family, and no used token is stored: whoever presents a token that names a family and is not, or no
//!   longer, good is taken to have a used one, and the family ends. Only the family's own client can do that, once it has
//!   authenticated itself; to every other there is no such family.
//! - What has ended stays as a tombstone until it expires, and a day longer: as long as an access token that was issued for it
//!   may live. A family can be ended before it is created, and is then never created; nor is one created for a session that
//!   has ended.

mod ended;
mod endings;
mod families;
mod family;
mod memory;
mod session;
mod store;
#[cfg(test)]
mod tests;
mod trim;

use std::fmt;
use std::str::FromStr;

use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use super::registry::{Applied, Stored};

pub(crate) use ended::KnownFamily;
pub(crate) use endings::Endings;
pub(crate) use family::{Family, NewFamily, Presented, Reuse, Rotation};
pub(crate) use memory::MemorySessions;
pub(crate) use session::{Liveness, Session};
pub(crate) use trim::trim;

macro_rules! names {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub(crate) struct $name(Box<str>);

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl $name {
            /// The text.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let is_name = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                if is_name { Ok(Self(text.into())) } else { Err(InvalidName) }
            }
        }
    )+};
}

names! {
    /// The id of a session, `sid` in tokens.
    #[derive(Debug)]
    SessionId;
    /// The id of a refresh family. Every refresh token of the family begins with it, and the `jti` of its access tokens ends with it,
    /// so that APIs know it. It opens nothing: a refresh token has a secret of its own behind it, and a family is used and ended
    /// for its own client alone, which must authenticate itself.
    FamilyId;
    /// Who logged in, `sub` in tokens. It stands for a person, so it is not shown.
    Subject;
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FamilyId(hidden)")
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Subject(hidden)")
    }
}

/// The text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 128 visible ASCII characters")]
pub(crate) struct InvalidName;

/// What a secret is stored as: its SHA-256, in base64url. The secret must be unpredictable.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SecretHash(Box<str>);

impl SecretHash {
    /// The hash of this secret.
    pub(crate) fn of(secret: &str) -> Self {
        Self(base64url::encode(&crypto::sha256(secret.as_bytes())).into())
    }

    fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SecretHash(hidden)")
    }
}

/// What its owner stores with a session or a family: at most 16 KiB of text. Wiped on drop and never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Data(Zeroizing<String>);

/// There is more data than may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected at most {} bytes", Data::MAX_BYTES)]
pub(crate) struct DataTooLarge;

impl Data {
    /// The most bytes.
    pub(crate) const MAX_BYTES: usize = 16 * 1024;

    /// Takes at most [`Data::MAX_BYTES`].
    pub(crate) fn new(text: String) -> Result<Self, DataTooLarge> {
        let text = Zeroizing::new(text);
        if text.len() <= Self::MAX_BYTES { Ok(Self(text)) } else { Err(DataTooLarge) }
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Data {
    type Error = DataTooLarge;

    fn try_from(text: String) -> Result<Self, DataTooLarge> {
        Self::new(text)
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Data(hidden)")
    }
}

/// What is ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending<'a> {
    /// A family, also one that is not there yet: until then it is not created.
    Family(&'a FamilyId, Timestamp),
    /// A session and all its families, in one transaction.
    Session(&'a SessionId),
    /// All families of a client, one after the other, and what was granted before and has no family yet.
    Client(&'a ClientId),
    /// All sessions of a person with their families, and all other families of that person, one after the other, and what was
    /// granted before and has no family yet.
    Subject(&'a Subject),
}

/// Stores sessions and refresh families. What has been answered is there after a crash.
pub(crate) trait SessionStore: Send + Sync + 'static {
    /// Adds a session. A conflict if its id or cookie is taken.
    fn create_session<'a>(&'a self, session: &'a Session) -> Stored<'a, Applied>;
    /// The live session of this cookie.
    fn find_session<'a>(&'a self, cookie: &'a SecretHash, live: Liveness) -> Stored<'a, Option<Session>>;
    /// Notes that a session is used now, unless it has ended.
    fn touch_session<'a>(&'a self, id: &'a SessionId, now: Timestamp) -> Stored<'a, Applied>;
    /// Replaces what a session holds, unless it has ended or was updated since this version.
    fn update_session<'a>(&'a self, id: &'a SessionId, version: i64, data: &'a Data) -> Stored<'a, Applied>;
    /// How often all logins at this client, and of this person, were ended by now. Who grants a login asks, and creates its family
    /// by what this says.
    fn endings<'a>(&'a self, client: &'a ClientId, subject: &'a Subject) -> Stored<'a, Endings>;
    /// Adds a family with its first token, and its session, if that begins with it. A conflict if an id is taken, the family or its
    /// session has ended, or all of its client or person were ended since it was granted: then nothing is stored.
    fn create_family<'a>(&'a self, family: &'a NewFamily, now: Timestamp) -> Stored<'a, Applied>;
    /// The family, if this token of it would be accepted now from this client. Changes nothing.
    #[cfg_attr(not(test), expect(dead_code, reason = "the token endpoint asks for more than whether"))]
    fn find_family<'a>(&'a self, presented: &'a Presented<'a>) -> Stored<'a, Option<Family>>;
    /// Accepts a token, and hands out its successor. A token that was used before ends its family; see [`Rotation`].
    fn rotate<'a>(
        &'a self,
        presented: &'a Presented<'a>,
        successor: Option<&'a SecretHash>,
    ) -> Stored<'a, Rotation>;
    /// Ends sessions and families.
    fn end<'a>(&'a self, what: Ending<'a>, now: Timestamp) -> Stored<'a, ()>;
    /// Lets nothing that was granted to this person before be created any more. [`Ending::Subject`] does so, too.
    fn count_ending_of<'a>(&'a self, subject: &'a Subject, now: Timestamp) -> Stored<'a, ()>;
    /// Some of the sessions of a person that were not ended; none if there are none.
    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> Stored<'a, Vec<SessionId>>;
    /// The session of this id, also one that is idle or over; none if it was ended.
    fn look_up_session<'a>(&'a self, id: &'a SessionId) -> Stored<'a, Option<Session>>;
    /// Whether a session was ended. One that expired was not, and one that is not known was not.
    fn session_has_ended<'a>(&'a self, id: &'a SessionId) -> Stored<'a, bool>;
    /// The family of this id, whether it can still be used or not. None where only a tombstone is there.
    fn look_up_family<'a>(&'a self, id: &'a FamilyId) -> Stored<'a, Option<KnownFamily>>;
    /// Removes some of what expired a day ago; tells whether there may be more of it.
    fn trim_sessions(&self, now: Timestamp) -> Stored<'_, bool>;
}
