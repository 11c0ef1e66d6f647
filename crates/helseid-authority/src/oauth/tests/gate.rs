//! A request that stops before or after something that it asks of a store, as one does whose process is killed there, or that
//! others overtake.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;
use tokio::sync::Notify;

use super::login::over;
use super::world::World;
use crate::oauth::OAuthState;
use crate::storage::ephemeral::{
    EphemeralStore, Found, Group, Key, Redeemed, Redemption, StoreFuture, Unavailable, Value, Write,
};
use crate::storage::registry::{Applied, Stored};
use crate::storage::sessions::{
    Data, Ending, Endings, Family, FamilyId, KnownFamily, Liveness, NewFamily, Presented, Rotation,
    SecretHash, Session, SessionId, SessionStore, Subject,
};

/// Stops whoever comes to its step.
pub(super) struct Gate {
    step: usize,
    steps: AtomicUsize,
    reached: Notify,
    open: Notify,
}

/// What became of a request.
pub(super) enum Ran<'a, T> {
    /// It came to its end before the gate's step.
    Done(T),
    /// It waits there. Dropped, it is killed.
    Stopped(Pin<Box<dyn Future<Output = T> + 'a>>),
}

impl Gate {
    /// At the step of this number, the first of which is 1. Each call of a store is two: before and after it.
    pub(super) fn at(step: usize) -> Arc<Self> {
        Arc::new(Self { step, steps: AtomicUsize::new(0), reached: Notify::new(), open: Notify::new() })
    }

    /// Lets a request go to its end, or to the gate.
    pub(super) async fn run<'a, T>(&self, request: impl Future<Output = T> + 'a) -> Ran<'a, T> {
        let mut request: Pin<Box<dyn Future<Output = T> + 'a>> = Box::pin(request);
        tokio::select! {
            biased;
            done = &mut request => Ran::Done(done),
            () = self.reached.notified() => Ran::Stopped(request),
        }
    }

    /// Lets it go on.
    pub(super) fn open(&self) {
        self.open.notify_one();
    }

    async fn pass(&self) {
        if self.steps.fetch_add(1, Ordering::SeqCst) + 1 == self.step {
            self.reached.notify_one();
            self.open.notified().await;
        }
    }
}

impl World {
    /// The same issuer in a process that stops at the gate.
    pub(super) fn gated(&self, gate: &Arc<Gate>) -> OAuthState {
        let store = Gated { inner: self.state.replay.store.clone(), gate: gate.clone() };
        let sessions = Gated { inner: self.sessions(), gate: gate.clone() };
        over(&self.state, Arc::new(store), Arc::new(sessions))
    }
}

struct Gated<S: ?Sized> {
    inner: Arc<S>,
    gate: Arc<Gate>,
}

impl<S: ?Sized + Sync + Send> Gated<S> {
    fn passing<'a, T: Send + 'a>(
        &'a self,
        call: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    ) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
        Box::pin(async move {
            self.gate.pass().await;
            let done = call.await;
            self.gate.pass().await;
            done
        })
    }
}

impl EphemeralStore for Gated<dyn EphemeralStore> {
    fn redeem<'a>(&'a self, redemption: Redemption<'a>, now: Timestamp) -> StoreFuture<'a, Redeemed> {
        self.passing(self.inner.redeem(redemption, now))
    }

    fn write(&self, write: Write, now: Timestamp) -> StoreFuture<'_, Applied> {
        self.passing(self.inner.write(write, now))
    }

    fn get(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Found>> {
        self.passing(self.inner.get(key, now))
    }

    fn take(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Value>> {
        self.passing(self.inner.take(key, now))
    }

    fn list(&self, group: Group, now: Timestamp) -> StoreFuture<'_, Vec<(Key, Value)>> {
        self.passing(self.inner.list(group, now))
    }

    fn end_group(&self, group: Group, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()> {
        self.passing(self.inner.end_group(group, until, now))
    }

    fn usable(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.inner.usable(now)
    }
}

impl SessionStore for Gated<dyn SessionStore> {
    fn create_session<'a>(&'a self, session: &'a Session) -> Stored<'a, Applied> {
        self.passing(self.inner.create_session(session))
    }

    fn find_session<'a>(&'a self, cookie: &'a SecretHash, live: Liveness) -> Stored<'a, Option<Session>> {
        self.passing(self.inner.find_session(cookie, live))
    }

    fn touch_session<'a>(&'a self, id: &'a SessionId, now: Timestamp) -> Stored<'a, Applied> {
        self.passing(self.inner.touch_session(id, now))
    }

    fn update_session<'a>(&'a self, id: &'a SessionId, version: i64, data: &'a Data) -> Stored<'a, Applied> {
        self.passing(self.inner.update_session(id, version, data))
    }

    fn endings<'a>(&'a self, client: &'a ClientId, subject: &'a Subject) -> Stored<'a, Endings> {
        self.passing(self.inner.endings(client, subject))
    }

    fn create_family<'a>(&'a self, family: &'a NewFamily, now: Timestamp) -> Stored<'a, Applied> {
        self.passing(self.inner.create_family(family, now))
    }

    fn find_family<'a>(&'a self, presented: &'a Presented<'a>) -> Stored<'a, Option<Family>> {
        self.passing(self.inner.find_family(presented))
    }

    fn rotate<'a>(
        &'a self,
        presented: &'a Presented<'a>,
        successor: Option<&'a SecretHash>,
    ) -> Stored<'a, Rotation> {
        self.passing(self.inner.rotate(presented, successor))
    }

    fn end<'a>(&'a self, what: Ending<'a>, now: Timestamp) -> Stored<'a, ()> {
        self.passing(self.inner.end(what, now))
    }

    fn count_ending_of<'a>(&'a self, subject: &'a Subject, now: Timestamp) -> Stored<'a, ()> {
        self.passing(self.inner.count_ending_of(subject, now))
    }

    fn sessions_of<'a>(&'a self, subject: &'a Subject) -> Stored<'a, Vec<SessionId>> {
        self.passing(self.inner.sessions_of(subject))
    }

    fn look_up_session<'a>(&'a self, id: &'a SessionId) -> Stored<'a, Option<Session>> {
        self.passing(self.inner.look_up_session(id))
    }

    fn session_has_ended<'a>(&'a self, id: &'a SessionId) -> Stored<'a, bool> {
        self.passing(self.inner.session_has_ended(id))
    }

    fn look_up_family<'a>(&'a self, id: &'a FamilyId) -> Stored<'a, Option<KnownFamily>> {
        self.passing(self.inner.look_up_family(id))
    }

    fn trim_sessions(&self, now: Timestamp) -> Stored<'_, bool> {
        self.passing(self.inner.trim_sessions(now))
    }
}
