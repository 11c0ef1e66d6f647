//! Sessions in memory: they end with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::random::SystemRandom;
use helseid_protocol::time::Timestamp;

use super::used::Used;
use super::{
    Applied, Ending, Epoch, FirstUse, Found, IndexKey, Inserted, Leased, Logout, LogoutOf, MAX_LEASE, Names,
    NewRow, Replaces, RowId, Sealed, SessionStore, StoreError, Stored, Version,
};

/// The most sessions unless said otherwise, each of some kilobytes.
const DEFAULT_CAPACITY: usize = 10_000;

/// Sessions in memory, for one process. When it is full, what has ended makes room; if nothing has, nobody more can log in.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use std::sync::Arc;
/// use helseid_login::{SealingKeys, session::Sessions, store::MemoryStore};
///
/// // For a test: the tenth session finds no room.
/// let store = Arc::new(MemoryStore::new(9));
/// let keys = SealingKeys::generate("test", &*login.random());
/// let sessions = Sessions::new(login, store, SealingKeys::parse(&keys)?);
/// # drop(sessions);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    capacity: usize,
    content: Mutex<Content>,
}

#[derive(Debug)]
struct Content {
    epoch: Epoch,
    rows: HashMap<RowId, Row>,
    /// The marks of logouts, until when they are there, and of persons the time to which they go.
    logouts: HashMap<IndexKey, Mark>,
    /// Ids that were used, until when that is known.
    used: Used,
    /// Logout tokens that were used: apart, for strangers can make the others many.
    tokens: Used,
}

#[derive(Debug)]
struct Row {
    version: Version,
    sealed: Sealed,
    session: Option<IndexKey>,
    person: IndexKey,
    authenticated: Timestamp,
    used: Timestamp,
    ends: Timestamp,
    lease: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    /// For a person: sessions that began later are not meant.
    to: Timestamp,
    ends: Timestamp,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl MemoryStore {
    /// Holds at most so many sessions, and ten times as many each of marks of logouts, of logout tokens and of other ids that were used.
    /// A logout ends its sessions also where there is no room to remember it.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let content = Content {
            epoch: Epoch::new(&SystemRandom),
            rows: HashMap::new(),
            logouts: HashMap::new(),
            used: Used::default(),
            tokens: Used::default(),
        };
        Self { capacity, content: Mutex::new(content) }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn most_marks(&self) -> usize {
        self.capacity.saturating_mul(10)
    }

    fn insert_row(
        &self,
        new: &NewRow,
        replaces: Replaces<'_>,
        now: Timestamp,
    ) -> Result<Inserted, StoreError> {
        let mut content = self.content();
        let old = match replaces {
            Replaces::Nothing => None,
            Replaces::Any(id) => Some(id),
            Replaces::Live(id, version) => {
                if content.rows.get(id).is_none_or(|row| row.version != version) {
                    return Ok(Inserted::Conflict);
                }
                Some(id)
            }
        };
        if content.is_logged_out(new, now) {
            old.map(|old| content.rows.remove(old));
            return Ok(Inserted::LoggedOut);
        }
        let replaced = old.filter(|old| content.rows.contains_key(old));
        if replaced.is_none() && content.rows.len() >= self.capacity {
            content.rows.retain(|_, row| row.ends > now);
            if content.rows.len() >= self.capacity {
                return Err(StoreError::Full);
            }
        }
        replaced.map(|old| content.rows.remove(old));
        content.rows.insert(new.id, Row::of(new));
        Ok(Inserted::Done)
    }

    /// Marks the use of an id.
    fn claim_id(&self, id: &Names, ends: Timestamp, now: Timestamp) -> Result<FirstUse, StoreError> {
        self.content().used.claim(id, ends, now, self.most_marks())
    }

    /// The sessions are ended first: for that there is always room.
    fn log_out_all(&self, logout: &Logout, now: Timestamp) -> Result<FirstUse, StoreError> {
        let mut content = self.content();
        if logout.token.as_ref().is_some_and(|(token, _)| content.tokens.has(token, now)) {
            return Ok(FirstUse::No);
        }
        let (names, to) = match &logout.of {
            LogoutOf::Session(names) => {
                content.end_session(names);
                (names, now)
            }
            LogoutOf::Person(names, to) => {
                content
                    .rows
                    .retain(|_, row| !names.all().any(|name| *name == row.person) || row.authenticated > *to);
                (names, *to)
            }
        };
        content.make_room_for_marks(self.most_marks(), now)?;
        let ends = logout.remembered;
        for name in names.all() {
            let (to, ends) = content
                .logouts
                .get(name)
                .map_or((to, ends), |known| (known.to.max(to), known.ends.max(ends)));
            content.logouts.insert(*name, Mark { to, ends });
        }
        match &logout.token {
            Some((token, ends)) => content.tokens.claim(token, *ends, now, self.most_marks()),
            None => Ok(FirstUse::Yes),
        }
    }
}

impl Row {
    fn of(new: &NewRow) -> Self {
        Self {
            version: Version::FIRST,
            sealed: new.sealed.clone(),
            session: new.session.as_ref().map(|names| *names.first()),
            person: *new.person.first(),
            authenticated: new.authenticated,
            used: new.used,
            ends: new.ends,
            lease: Timestamp::from_seconds(0),
        }
    }
}

impl Content {
    fn is_logged_out(&self, new: &NewRow, now: Timestamp) -> bool {
        let mark = |name| self.logouts.get(name).filter(|mark| mark.ends > now);
        let mut sessions = new.session.iter().flat_map(Names::all);
        sessions.any(|name| mark(name).is_some())
            || new.person.all().any(|name| mark(name).is_some_and(|mark| new.authenticated <= mark.to))
    }

    fn end_session(&mut self, names: &Names) {
        self.rows.retain(|_, row| !names.all().any(|name| Some(name) == row.session.as_ref()));
    }

    fn make_room_for_marks(&mut self, most: usize, now: Timestamp) -> Result<(), StoreError> {
        if self.logouts.len() >= most {
            self.logouts.retain(|_, mark| mark.ends > now);
        }
        if self.logouts.len() >= most { Err(StoreError::Full) } else { Ok(()) }
    }

    fn lease(&mut self, id: &RowId, until: Timestamp, now: Timestamp) -> Leased {
        match self.rows.get_mut(id) {
            None => Leased::Gone,
            Some(row) if row.lease.is_pending(MAX_LEASE, now) => Leased::Held,
            Some(row) => {
                row.lease = until;
                Leased::Taken
            }
        }
    }
}

fn done<'a, T: Send + 'a>(result: Result<T, StoreError>) -> Stored<'a, T> {
    Box::pin(std::future::ready(result))
}

impl SessionStore for MemoryStore {
    fn epoch(&self) -> Stored<'_, Epoch> {
        done(Ok(self.content().epoch))
    }

    fn raise_epoch(&self) -> Stored<'_, ()> {
        self.content().epoch = Epoch::new(&SystemRandom);
        done(Ok(()))
    }

    fn insert<'a>(&'a self, new: &'a NewRow, replaces: Replaces<'a>, now: Timestamp) -> Stored<'a, Inserted> {
        done(self.insert_row(new, replaces, now))
    }

    fn find<'a>(&'a self, id: &'a RowId) -> Stored<'a, Option<Found>> {
        let content = self.content();
        let found = content.rows.get(id).map(|row| Found {
            version: row.version,
            sealed: row.sealed.clone(),
            used: row.used,
            epoch: content.epoch,
        });
        done(Ok(found))
    }

    fn update<'a>(&'a self, id: &'a RowId, version: Version, sealed: &'a Sealed) -> Stored<'a, Applied> {
        let mut content = self.content();
        let applied = match content.rows.get_mut(id).filter(|row| row.version == version) {
            Some(row) => {
                (row.version, row.sealed) = (version.next(), sealed.clone());
                Applied::Done
            }
            None => Applied::Conflict,
        };
        done(Ok(applied))
    }

    fn touch<'a>(&'a self, id: &'a RowId, used: Timestamp) -> Stored<'a, Applied> {
        let mut content = self.content();
        let row = content.rows.get_mut(id).map(|row| row.used = row.used.max(used));
        done(Ok(row.map_or(Applied::Conflict, |()| Applied::Done)))
    }

    fn lease<'a>(&'a self, id: &'a RowId, until: Timestamp, now: Timestamp) -> Stored<'a, Leased> {
        done(Ok(self.content().lease(id, until, now)))
    }

    fn release<'a>(&'a self, id: &'a RowId, until: Timestamp) -> Stored<'a, ()> {
        if let Some(row) = self.content().rows.get_mut(id).filter(|row| row.lease == until) {
            row.lease = Timestamp::from_seconds(0);
        }
        done(Ok(()))
    }

    fn end<'a>(&'a self, what: Ending<'a>) -> Stored<'a, ()> {
        match what {
            Ending::Row(id) => drop(self.content().rows.remove(id)),
            Ending::Session(names) => self.content().end_session(names),
        }
        done(Ok(()))
    }

    fn log_out<'a>(&'a self, logout: &'a Logout, now: Timestamp) -> Stored<'a, FirstUse> {
        done(self.log_out_all(logout, now))
    }

    fn claim<'a>(&'a self, id: &'a Names, ends: Timestamp, now: Timestamp) -> Stored<'a, FirstUse> {
        done(self.claim_id(id, ends, now))
    }

    fn sweep(&self, idle_since: Timestamp, now: Timestamp) -> Stored<'_, bool> {
        let mut content = self.content();
        content.rows.retain(|_, row| row.ends > now && row.used >= idle_since);
        content.logouts.retain(|_, mark| mark.ends > now);
        content.used.sweep(now);
        content.tokens.sweep(now);
        done(Ok(false))
    }
}
