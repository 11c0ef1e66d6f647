//! The registry: reads are answered from memory; changes go to the store, and memory follows the store.

pub(crate) mod access_keys;
pub(crate) mod bootstrap;
pub(crate) mod registration;
mod snapshot;

#[cfg(test)]
mod in_memory;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use helseid_admin_api::AuditEntry;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::InvalidJwk;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::{Clock, Timestamp};
use tokio::sync::{Mutex, watch};

use crate::domain::change::{Change, Kind, Subject};
use crate::domain::model::{Client, KnownClient};
use crate::storage::registry::{Applied, Author, Delta, Precondition, Store, StoreError};

pub(crate) use snapshot::Snapshot;

/// The registry. What is in memory is never ahead of the store, and after a change of ours not behind it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Registry {
    store: Arc<dyn Store>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    asking: Arc<Asking>,
    waits: Waits,
    /// Of changes that the store did not take: each client may try again and again.
    log: Arc<LogBudget>,
}

/// Polls of the store: one at a time, on behalf of all callers that wait.
#[derive(Default)]
struct Asking {
    /// Which time was the last that succeeded.
    succeeded: Mutex<u64>,
    begun: AtomicU64,
    failed: AtomicU64,
    away: AtomicBool,
}

/// How often, and that it failed, the store had been asked when somebody began to wait.
#[derive(Clone, Copy)]
struct Before {
    begun: u64,
    failed: u64,
}

/// How long the store is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// As long as it takes: it is of this machine, and nobody else's.
    ForIt,
    /// Some seconds. Then it counts as away, until it answers: it is asked without a pause.
    Briefly,
}

/// How long a delta may take before the store counts as away.
const DELTA_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a delta may take once the store counts as away: it may be large by then.
const LATE_DELTA_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a change may take.
const CHANGE: Duration = Duration::from_secs(5);

/// How long a request that would be refused waits for changes from the store.
const STALE_WAIT: Duration = Duration::from_secs(1);

/// How often the audit log is cut to its bounds.
const TRIM_EVERY: Duration = Duration::from_secs(3_600);

/// How often a change is attempted whose precondition keeps failing.
const ATTEMPTS: u32 = 20;

impl Waits {
    /// What the store answers in time.
    async fn within<T>(
        self,
        time: Duration,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self {
            Self::ForIt => answer.await,
            Self::Briefly => tokio::time::timeout(time, answer).await.unwrap_or(Err(StoreError::Away)),
        }
    }
}

impl Registry {
    /// Reads everything from the store.
    pub(crate) async fn load(store: Arc<dyn Store>, waits: Waits) -> Result<Self, StoreError> {
        let log = Arc::new(LogBudget::new(10, 1));
        let registry = Self { store, snapshot: Arc::default(), asking: Arc::default(), waits, log };
        if let Some(delta) = registry.store.delta(None).await? {
            registry.take(&Snapshot::default(), delta);
        }
        Ok(registry)
    }

    /// Everything, at this moment.
    pub(crate) fn now(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The client of this id.
    pub(crate) fn client(&self, id: &ClientId) -> Option<Arc<KnownClient>> {
        self.snapshot.load().clients.get(id).cloned()
    }

    /// Takes over what the store had when this was called, or later. Of many callers at once, one asks for all; if it is
    /// not answered, neither is any of them.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let (this, before) = (self.clone(), self.asking.before());
        // It goes on though who waits for it has gone: the others need not begin again.
        let asked = tokio::spawn(async move { this.ask(before).await });
        self.waits.within(DELTA_TIMEOUT, async { asked.await.unwrap_or(Err(StoreError::Away)) }).await
    }

    async fn ask(&self, before: Before) -> Result<(), StoreError> {
        let asking = &*self.asking;
        let mut succeeded = asking.succeeded.lock().await;
        if *succeeded > before.begun {
            return Ok(());
        }
        if asking.failed.load(Ordering::SeqCst) > before.failed {
            return Err(StoreError::Away);
        }
        let this = asking.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let taken = self.take_delta().await;
        asking.away.store(taken.is_err(), Ordering::SeqCst);
        match &taken {
            Ok(()) => *succeeded = this,
            Err(_) => drop(asking.failed.fetch_add(1, Ordering::SeqCst)),
        }
        taken
    }

    async fn take_delta(&self) -> Result<(), StoreError> {
        let old = self.now();
        let mut delta = self.store.delta(Some(old.version));
        let delta = match self.waits.within(DELTA_TIMEOUT, &mut delta).await {
            Err(StoreError::Away) => {
                self.asking.away.store(true, Ordering::SeqCst);
                self.waits.within(LATE_DELTA_TIMEOUT, delta).await
            }
            answered => answered,
        };
        if let Some(delta) = delta? {
            self.take(&old, delta);
        }
        Ok(())
    }

    fn take(&self, old: &Snapshot, delta: Delta) {
        let next = old.after(delta);
        next.report_broken(old);
        self.snapshot.store(Arc::new(next));
    }

    /// Whether the store has not answered lately. Who asks for it then need not wait, and what is in memory is all that can
    /// be known.
    pub(crate) fn is_away(&self) -> bool {
        self.waits == Waits::Briefly && self.asking.away.load(Ordering::SeqCst)
    }

    /// Whether other replicas work on the same store.
    pub(crate) fn is_replica(&self) -> bool {
        self.waits == Waits::Briefly
    }

    /// For a replica: waits for what the others had answered before this was called. Nobody waits for a store that is away:
    /// reads are then answered from memory, as token requests are, and changes are refused.
    pub(crate) async fn refresh_replica(&self) {
        if self.is_replica()
            && !self.is_away()
            && let Err(why) = self.refresh().await
        {
            tracing::debug!(%why, "a request is answered by what was known before");
        }
    }

    /// A snapshot that is newer than `known`, if there is one; a replica asks the store for it, and waits for that briefly.
    pub(crate) async fn refresh_if_stale(&self, known: &Snapshot) -> Option<Arc<Snapshot>> {
        let can_ask = self.is_replica() && !self.is_away();
        if can_ask && let Ok(Err(why)) = tokio::time::timeout(STALE_WAIT, self.refresh()).await {
            tracing::debug!(%why, "a request was refused by what was known before");
        }
        Some(self.now()).filter(|now| now.version != known.version)
    }

    /// What the store answers in time; nothing at once while it is away.
    async fn unless_away<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.is_away() { Err(StoreError::Away) } else { self.waits.within(CHANGE, answer).await }
    }

    /// Makes all the changes and refreshes memory, or does nothing. It runs to its end even if the caller has gone.
    async fn apply(
        &self,
        changes: Vec<Change>,
        author: &Author,
        precondition: Option<Precondition>,
    ) -> Result<Applied, StoreError> {
        let (this, author, at) = (self.clone(), author.clone(), author.at);
        let applied = tokio::spawn(async move {
            let apply = this.store.apply(&changes, &author, precondition.as_ref());
            let applied = this.unless_away(apply).await?;
            this.refresh().await?;
            Ok(applied)
        });
        let applied = applied.await.unwrap_or(Err(StoreError::Away));
        match &applied {
            // The fault of what was sent, whose sender is told.
            Ok(_) | Err(StoreError::NotReadBack { .. }) => {}
            Err(error) => log_within!(self.log, at, error, %error, "a change could not be kept"),
        }
        applied
    }

    /// Makes all the changes, in the store and in memory, or none of them.
    pub(crate) async fn change(&self, changes: Vec<Change>, author: &Author) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        // Without a precondition there is no conflict.
        self.apply(changes, author, None).await.map(drop)
    }

    /// Puts a client that is not there yet; tells whether it was not.
    pub(crate) async fn add_client(&self, client: Client, author: &Author) -> Result<Added, StoreError> {
        let subject = Subject::client(&client.id);
        for _ in 0..ATTEMPTS {
            let before = self.now();
            if before.clients.contains_key(&client.id) || before.broken.contains_key(&subject) {
                return Ok(Added::WasThere);
            }
            let put = vec![Change::PutClient(Box::new(client.clone()))];
            let precondition = Precondition::untouched(subject.clone(), before.version);
            if self.apply(put, author, Some(precondition)).await? == Applied::Done {
                return Ok(Added::New);
            }
        }
        Err(StoreError::Contended)
    }

    /// Changes one client by what it is at that moment: two at once cannot undo each other.
    pub(crate) async fn change_client<E: From<StoreError>>(
        &self,
        id: &ClientId,
        author: &Author,
        change: impl Fn(&Snapshot, Client) -> Result<Client, E>,
    ) -> Result<Option<Arc<KnownClient>>, E> {
        let subject = Subject::client(id);
        for _ in 0..ATTEMPTS {
            let before = self.now();
            let Some(old) = before.clients.get(id) else { return Ok(None) };
            let new = known(change(&before, old.client.clone())?)?;
            if new.client == old.client {
                return Ok(Some(new));
            }
            let put = vec![Change::PutClient(Box::new(new.client.clone()))];
            let precondition = Precondition::untouched(subject.clone(), before.version);
            if self.apply(put, author, Some(precondition)).await? == Applied::Done {
                return Ok(Some(new));
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Makes changes that follow from which API has which scope: `plan` makes them from the registry, and is called again
    /// if any API was changed in between, here or at another replica. So no scope is ever given to two APIs.
    pub(crate) async fn change_apis<T, E: From<StoreError>>(
        &self,
        author: &Author,
        plan: impl Fn(&Snapshot) -> Result<(Vec<Change>, T), E>,
    ) -> Result<T, E> {
        for _ in 0..ATTEMPTS {
            let before = self.now();
            let (changes, planned) = plan(&before)?;
            let precondition = Precondition::untouched_kind(Kind::Api, before.version);
            if changes.is_empty() || self.apply(changes, author, Some(precondition)).await? == Applied::Done {
                return Ok(planned);
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Drops what is beyond the bounds of the audit log, a piece at a time, so that no change waits for all of it.
    pub(crate) async fn trim_audit(&self, now: Timestamp) -> Result<(), StoreError> {
        while self.unless_away(self.store.trim_audit(now)).await? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The newest entries of the audit log, those before `before` if that is given.
    pub(crate) async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let read = self.unless_away(self.store.audit(before, limit)).await;
        read.inspect_err(|error| match error {
            // Told once, by whoever found it out.
            StoreError::Away => {}
            _ => tracing::error!(%error, "the log of changes could not be read"),
        })
    }
}

/// Keeps the audit log within its bounds, at once and each hour, until `stop` turns true.
pub(crate) async fn trim_audit(
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        if let Err(why) = registry.trim_audit(clock.now()).await {
            tracing::warn!(%why, "the audit log was not cut: it is tried again in an hour");
        }
        tokio::select! {
            () = tokio::time::sleep(TRIM_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

impl Asking {
    fn before(&self) -> Before {
        Before { begun: self.begun.load(Ordering::SeqCst), failed: self.failed.load(Ordering::SeqCst) }
    }
}

/// What became of a new client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    New,
    /// Another of its id was there; nothing was changed.
    WasThere,
}

fn known(client: Client) -> Result<Arc<KnownClient>, StoreError> {
    let bad = |why: InvalidJwk| StoreError::NotReadBack { what: "client", why: why.to_string() };
    KnownClient::new(client).map(Arc::new).map_err(bad)
}
