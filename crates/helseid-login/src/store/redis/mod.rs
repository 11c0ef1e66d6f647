//! Sessions in Redis or Valkey, which any number of replicas share: each operation in one step and one round trip.
//!
//! Entries expire by the clock of Redis; what is judged by time is judged by the caller's. Redis must be set up to refuse what it
//! has no room for: one that evicts keys could forget a logout, and is not used. For one server, or a primary with replicas; not
//! for a cluster, whose keys lie apart.

mod link;
mod scripts;

use std::fmt;

use ::redis::cmd;
use helseid_http::RedisServer;
use helseid_protocol::time::Timestamp;

use super::{
    Applied, Ending, Epoch, FirstUse, Found, Inserted, Leased, Logout, LogoutOf, MAX_LEASE, Names, NewRow,
    Replaces, RowId, Sealed, SessionStore, StoreError, Stored, Version,
};
use link::{EPOCH_KEY, Link, Script};

/// Sessions in Redis or Valkey.
///
/// ```
/// use helseid_login::store::{RedisStore, StoreError, redis};
///
/// let store: RedisStore = redis("rediss://cache.example/1")?;
/// assert!(matches!(redis("cache.example"), Err(StoreError::Unusable(_))));
/// # drop(store); Ok::<(), StoreError>(())
/// ```
pub struct RedisStore(Link);

/// Sessions in Redis or Valkey, at `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or
/// `redis+unix:///path`. Connects when it is first used, and again whenever the connection broke.
///
/// A Redis that was restarted, or whose place another took, may have lost what was written last, ends of sessions too. So it ends
/// all sessions: everybody logs in again.
pub fn redis(url: &str) -> Result<RedisStore, StoreError> {
    let server = RedisServer::parse(url).map_err(|why| StoreError::Unusable(why.to_string()))?;
    Ok(RedisStore(Link::new(server)))
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedisStore")
    }
}

/// At least a second: Redis takes no less than one millisecond.
fn milliseconds(end: Timestamp, now: Timestamp) -> u64 {
    end.since(now).as_secs().max(1).saturating_mul(1000)
}

fn texts(names: &Names) -> Vec<String> {
    names.all().map(|name| name.to_text()).collect()
}

/// What `HMGET` gives of a row: version, record, time of use.
type RowFields = (Option<u32>, Option<Vec<u8>>, Option<i64>);

impl RedisStore {
    async fn present_epoch(&self) -> Result<Epoch, StoreError> {
        let mut get = cmd("HGET");
        get.arg(EPOCH_KEY).arg("epoch");
        let text: Option<String> = self.0.ask(get).await?;
        self.known_epoch(text).await
    }

    /// An epoch that is gone was lost with all else: there is another.
    async fn known_epoch(&self, text: Option<String>) -> Result<Epoch, StoreError> {
        match text.as_deref().and_then(Epoch::from_text) {
            Some(epoch) => Ok(epoch),
            None => {
                self.0.raise_epoch().await?;
                Err(StoreError::Away("what it held was lost".to_owned()))
            }
        }
    }

    async fn insert_row(
        &self,
        new: &NewRow,
        replaces: Replaces<'_>,
        now: Timestamp,
    ) -> Result<Inserted, StoreError> {
        let (old, expected) = match replaces {
            Replaces::Nothing => (String::new(), String::new()),
            Replaces::Any(id) => (id.to_text(), String::new()),
            Replaces::Live(id, version) => (id.to_text(), version.number().to_string()),
        };
        let sessions = new.session.as_ref().map(texts).unwrap_or_default();
        let persons = texts(&new.person);
        let answer: String = self
            .0
            .call(Script::Insert, |call| {
                call.arg(new.id.to_text()).arg(old).arg(expected);
                call.arg(now.seconds()).arg(milliseconds(new.ends, now)).arg(new.sealed.as_bytes());
                call.arg(new.used.seconds()).arg(new.authenticated.seconds());
                call.arg(sessions.len()).arg(persons.len()).arg(sessions).arg(persons);
            })
            .await?;
        Ok(match answer.as_str() {
            "done" => Inserted::Done,
            "out" => Inserted::LoggedOut,
            _ => Inserted::Conflict,
        })
    }

    async fn find_row(&self, id: &RowId) -> Result<Option<Found>, StoreError> {
        let mut both = cmd("HMGET");
        both.arg(format!("helseid-login:row:{}", id.to_text())).arg("v").arg("d").arg("u");
        let (version, sealed, used): RowFields = self.0.ask(both).await?;
        let (Some(version), Some(sealed), Some(used)) = (version, sealed, used) else { return Ok(None) };
        // Read after the row: of an epoch that was raised between them, the row is none.
        let epoch = self.present_epoch().await?;
        let unreadable = |_| StoreError::Unreadable("the record of a session".to_owned());
        Ok(Some(Found {
            version: Version::new(version),
            sealed: Sealed::new(sealed).map_err(unreadable)?,
            used: Timestamp::from_seconds(used),
            epoch,
        }))
    }

    async fn log_out_all(&self, logout: &Logout, now: Timestamp) -> Result<FirstUse, StoreError> {
        let (of, names, to) = match &logout.of {
            LogoutOf::Session(names) => ("session", names, now),
            LogoutOf::Person(names, to) => ("person", names, *to),
        };
        let token = logout.token.as_ref();
        let tokens = token.map(|(token, _)| texts(token)).unwrap_or_default();
        let token_ends = token.map_or(now, |(_, ends)| *ends);
        let (names, ends) = (texts(names), logout.remembered);
        let first: bool = self
            .0
            .call(Script::LogOut, |call| {
                call.arg(now.seconds()).arg(of).arg(to.seconds());
                call.arg(ends.seconds()).arg(milliseconds(ends, now));
                call.arg(token_ends.seconds()).arg(milliseconds(token_ends, now));
                call.arg(tokens.len()).arg(names.len()).arg(tokens).arg(names);
            })
            .await?;
        Ok(if first { FirstUse::Yes } else { FirstUse::No })
    }

    async fn changed(&self, script: Script, arguments: Vec<Vec<u8>>) -> Result<Applied, StoreError> {
        let changed: bool = self
            .0
            .call(script, |call| {
                call.arg(arguments);
            })
            .await?;
        Ok(if changed { Applied::Done } else { Applied::Conflict })
    }
}

fn bytes(text: impl ToString) -> Vec<u8> {
    text.to_string().into_bytes()
}

impl SessionStore for RedisStore {
    fn epoch(&self) -> Stored<'_, Epoch> {
        Box::pin(self.present_epoch())
    }

    fn raise_epoch(&self) -> Stored<'_, ()> {
        Box::pin(self.0.raise_epoch())
    }

    fn insert<'a>(&'a self, new: &'a NewRow, replaces: Replaces<'a>, now: Timestamp) -> Stored<'a, Inserted> {
        Box::pin(self.insert_row(new, replaces, now))
    }

    fn find<'a>(&'a self, id: &'a RowId) -> Stored<'a, Option<Found>> {
        Box::pin(self.find_row(id))
    }

    fn update<'a>(&'a self, id: &'a RowId, version: Version, sealed: &'a Sealed) -> Stored<'a, Applied> {
        let (own, next) = (bytes(version.number()), bytes(version.next().number()));
        Box::pin(
            self.changed(Script::Update, vec![bytes(id.to_text()), own, next, sealed.as_bytes().to_vec()]),
        )
    }

    fn touch<'a>(&'a self, id: &'a RowId, used: Timestamp) -> Stored<'a, Applied> {
        Box::pin(self.changed(Script::Touch, vec![bytes(id.to_text()), bytes(used.seconds())]))
    }

    fn lease<'a>(&'a self, id: &'a RowId, until: Timestamp, now: Timestamp) -> Stored<'a, Leased> {
        Box::pin(async move {
            let latest = now.plus(MAX_LEASE);
            let answer: String = self
                .0
                .call(Script::Lease, |call| {
                    call.arg(id.to_text()).arg(until.seconds()).arg(now.seconds()).arg(latest.seconds());
                })
                .await?;
            Ok(match answer.as_str() {
                "taken" => Leased::Taken,
                "held" => Leased::Held,
                _ => Leased::Gone,
            })
        })
    }

    fn release<'a>(&'a self, id: &'a RowId, until: Timestamp) -> Stored<'a, ()> {
        Box::pin(self.0.call(Script::Release, move |call| {
            call.arg(id.to_text()).arg(until.seconds());
        }))
    }

    fn end<'a>(&'a self, what: Ending<'a>) -> Stored<'a, ()> {
        let (script, arguments) = match what {
            Ending::Row(id) => (Script::End, vec![id.to_text()]),
            Ending::Session(names) => (Script::EndSession, texts(names)),
        };
        Box::pin(self.0.call(script, |call| {
            call.arg(arguments);
        }))
    }

    fn log_out<'a>(&'a self, logout: &'a Logout, now: Timestamp) -> Stored<'a, FirstUse> {
        Box::pin(self.log_out_all(logout, now))
    }

    fn claim<'a>(&'a self, id: &'a Names, ends: Timestamp, now: Timestamp) -> Stored<'a, FirstUse> {
        Box::pin(async move {
            let first: bool = self
                .0
                .call(Script::Claim, |call| {
                    call.arg(now.seconds()).arg(ends.seconds()).arg(milliseconds(ends, now)).arg(texts(id));
                })
                .await?;
            Ok(if first { FirstUse::Yes } else { FirstUse::No })
        })
    }

    /// Rows and marks expire by themselves.
    fn sweep(&self, _: Timestamp, _: Timestamp) -> Stored<'_, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }
}
