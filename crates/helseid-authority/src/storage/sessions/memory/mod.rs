//! Sessions and refresh families in the memory of one process, which end with it: for an authority without a folder.
//!
//! Its promises are those of the databases, held by the same tests. To end all logins of a client or a person, and to trim, takes a look at
//! everything that there is.

mod kept;

use std::sync::{Mutex, MutexGuard, PoisonError};

use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use self::kept::Kept;
use super::ended::KEPT;
use super::store::LISTED_AT_ONCE;
use super::{
    Data, Ending, Endings, Family, FamilyId, KnownFamily, Liveness, NewFamily, Presented, Rotation,
    SecretHash, Session, SessionId, SessionStore, Subject,
};
use crate::storage::registry::{Applied, StoreError, Stored};

/// Sessions and families in memory, up to some number of bytes: of more, none is added until something has expired.
#[derive(Debug)]
pub(crate) struct MemorySessions {
    kept: Mutex<Kept>,
    most: usize,
}

/// Some hundred thousand of them.
const MAX_BYTES: usize = 512 * 1024 * 1024;

impl Default for MemorySessions {
    fn default() -> Self {
        Self::within(MAX_BYTES)
    }
}

impl MemorySessions {
    /// What each takes at most besides its data.
    #[cfg(test)]
    pub(super) const EACH: usize = kept::EACH;

    /// What a successor takes.
    #[cfg(test)]
    pub(super) const SUCCESSOR: usize = kept::SUCCESSOR;

    pub(super) fn within(most: usize) -> Self {
        Self { kept: Mutex::default(), most }
    }

    /// What is kept, if there is room for these besides.
    fn with_room(&self, more: impl IntoIterator<Item = usize>) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let kept = self.kept();
        let all = more.into_iter().fold(kept.bytes(), |all, bytes| all.saturating_add(bytes));
        if all <= self.most { Ok(kept) } else { Err(StoreError::Full) }
    }

    /// Nothing that is done with it can panic half way.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that nobody waits for.
fn now<'a, T: Send + 'a>(answer: T) -> Stored<'a, T> {
    at_once(Ok(answer))
}

fn at_once<'a, T: Send + 'a>(answer: Result<T, StoreError>) -> Stored<'a, T> {
    Box::pin(std::future::ready(answer))
}

fn applied(is_done: bool) -> Applied {
    if is_done { Applied::Done } else { Applied::Conflict }
}

impl SessionStore for MemorySessions {
    fn create_session<'a>(&'a self, session: &'a Session) -> Stored<'a, Applied> {
        let kept = self.with_room([kept::weight(&session.data)]);
        at_once(kept.map(|mut kept| kept.put_session(session)))
    }

    fn find_session<'a>(&'a self, cookie: &'a SecretHash, live: Liveness) -> Stored<'a, Option<Session>> {
        let is_live = |session: &&Session| {
            session.expires > live.now
                && session.used >= live.now.minus(live.idle)
                && session.used <= live.now.plus(live.tolerance)
        };
        now(self.kept().by_cookie(cookie).filter(is_live).cloned())
    }

    fn touch_session<'a>(&'a self, id: &'a SessionId, used: Timestamp) -> Stored<'a, Applied> {
        // A clock that is behind takes no use back.
        let touched = self.kept().session_mut(id).map(|session| session.used = session.used.max(used));
        now(applied(touched.is_some()))
    }

    fn update_session<'a>(&'a self, id: &'a SessionId, version: i64, data: &'a Data) -> Stored<'a, Applied> {
        let before = self.kept().session(id).map_or(0, |session| session.data.as_str().len());
        let kept = self.with_room([data.as_str().len().saturating_sub(before)]);
        at_once(kept.map(|mut kept| kept.update_session(id, version, data)))
    }

    fn endings<'a>(&'a self, client: &'a ClientId, subject: &'a Subject) -> Stored<'a, Endings> {
        now(self.kept().endings(client, subject))
    }

    fn create_family<'a>(&'a self, family: &'a NewFamily, time: Timestamp) -> Stored<'a, Applied> {
        let session = family.begins.as_ref().map(|session| kept::weight(&session.data));
        let kept = self.with_room(session.into_iter().chain([kept::weight(&family.family.data)]));
        at_once(kept.map(|mut kept| kept.create_family(family, time)))
    }

    fn find_family<'a>(&'a self, presented: &'a Presented<'a>) -> Stored<'a, Option<Family>> {
        now(self.kept().acceptable(presented))
    }

    fn rotate<'a>(
        &'a self,
        presented: &'a Presented<'a>,
        successor: Option<&'a SecretHash>,
    ) -> Stored<'a, Rotation> {
        let kept = self.with_room(successor.map(|_| kept::SUCCESSOR));
        at_once(kept.map(|mut kept| kept.rotate(presented, successor)))
    }

    fn end<'a>(&'a self, what: Ending<'a>, time: Timestamp) -> Stored<'a, ()> {
        let mut kept = self.kept();
        match what {
            Ending::Family(id, until) => kept.bury_family(id, until),
            Ending::Session(id) => kept.end_session(id),
            Ending::Client(client) => kept.end_client(client, time),
            Ending::Subject(subject) => kept.end_subject(subject, time),
        }
        now(())
    }

    fn count_ending_of<'a>(&'a self, subject: &'a Subject, time: Timestamp) -> Stored<'a, ()> {
        self.kept().count_subject(subject, time);
        now(())
    }

    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> Stored<'a, Vec<SessionId>> {
        now(self.kept().sessions_of(subject, usize::try_from(LISTED_AT_ONCE).unwrap_or(usize::MAX)))
    }

    fn look_up_session<'a>(&'a self, id: &'a SessionId) -> Stored<'a, Option<Session>> {
        now(self.kept().session(id).cloned())
    }

    fn session_has_ended<'a>(&'a self, id: &'a SessionId) -> Stored<'a, bool> {
        now(self.kept().sessions.get(id).is_some_and(|kept| kept.has_ended))
    }

    fn look_up_family<'a>(&'a self, id: &'a FamilyId) -> Stored<'a, Option<KnownFamily>> {
        now(self.kept().known_family(id))
    }

    fn trim_sessions(&self, time: Timestamp) -> Stored<'_, bool> {
        self.kept().trim(time.minus(KEPT));
        now(false)
    }
}
