//! Of the callers at one process who need the same session refreshed, one asks; the others wait, and no more than may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::SessionError;
use crate::store::RowId;

/// The most who wait at one process, for all sessions: for their turn, and as many for the answer of one who has it.
const MOST_WAITING: usize = 4_096;

/// The most of them who wait for one session, so that none crowds out the others: a page has fewer requests under way.
const MOST_OF_ONE: usize = 256;

/// How long one waits: longer than a lease lasts.
pub(super) const PATIENCE: Duration = Duration::from_secs(25);

/// Who refreshes what.
pub(super) struct Flights {
    sessions: Mutex<HashMap<RowId, Weak<AsyncMutex<()>>>>,
    places: Arc<Places>,
    callers: Arc<Places>,
}

/// The turn of one caller, until it is dropped.
pub(super) struct Turn {
    _session: OwnedMutexGuard<()>,
    _place: Place,
}

/// Places for those who wait.
struct Places {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_session: HashMap<RowId, usize>,
}

/// One of them, until it is dropped.
pub(super) struct Place {
    of: Arc<Places>,
    session: RowId,
}

impl Places {
    fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, taken: Mutex::default() })
    }

    fn take(self: &Arc<Self>, session: &RowId) -> Result<Place, SessionError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_session.get(session).copied().unwrap_or_default();
        if taken.all >= self.most || own >= self.most_of_one {
            return Err(SessionError::Busy);
        }
        taken.all += 1;
        taken.by_session.insert(*session, own + 1);
        Ok(Place { of: self.clone(), session: *session })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.by_session.get_mut(&self.session) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_session.remove(&self.session);
            }
        }
    }
}

impl Default for Flights {
    fn default() -> Self {
        let places = || Places::new(MOST_WAITING, MOST_OF_ONE);
        Self { sessions: Mutex::default(), places: places(), callers: places() }
    }
}

impl Flights {
    /// Waits for this caller's turn.
    pub(super) async fn turn(&self, id: &RowId) -> Result<Turn, SessionError> {
        let place = self.places.take(id)?;
        let session = self.session(id).lock_owned();
        let session = tokio::time::timeout(PATIENCE, session).await.map_err(|_| SessionError::Busy)?;
        Ok(Turn { _session: session, _place: place })
    }

    /// A place among those who wait for another's answer.
    pub(super) fn place(&self, id: &RowId) -> Result<Place, SessionError> {
        self.callers.take(id)
    }

    fn session(&self, id: &RowId) -> Arc<AsyncMutex<()>> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sessions.get(id).and_then(Weak::upgrade) {
            return known;
        }
        // Those of whom nobody waits; there are no more than may wait.
        sessions.retain(|_, session| session.strong_count() > 0);
        let new = Arc::new(AsyncMutex::default());
        sessions.insert(*id, Arc::downgrade(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_is_of_one_session_and_no_more_wait_than_may() {
        let flights = Flights { places: Places::new(2, 2), ..Flights::default() };
        let (one, other) = (RowId::from_bytes([1; 16]), RowId::from_bytes([2; 16]));
        let first = flights.turn(&one).await.unwrap();
        let second = flights.turn(&other).await.unwrap();
        assert!(matches!(flights.turn(&one).await, Err(SessionError::Busy)));
        drop((first, second));
        drop(flights.turn(&one).await.unwrap());
        drop(flights.turn(&other).await.unwrap());
        assert_eq!(flights.sessions.lock().unwrap().len(), 1, "what nobody waits for is forgotten");
    }

    #[test]
    fn one_session_takes_no_more_places_than_are_its_own() {
        let places = Places::new(5, 2);
        let of = |n: u8| places.take(&RowId::from_bytes([n; 16]));
        let mut taken: Vec<_> = [1, 1, 2, 2].map(of).into_iter().map(Result::unwrap).collect();
        assert!(matches!(of(1), Err(SessionError::Busy)) && matches!(of(2), Err(SessionError::Busy)));
        taken.push(of(3).unwrap());
        assert!(matches!(of(4), Err(SessionError::Busy)), "nor do all together");
        drop(taken);
        drop(of(1).unwrap());
        assert!(places.taken.lock().unwrap().by_session.is_empty());
    }
}
