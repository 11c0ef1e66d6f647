//! The registry: reads are answered from memory; changes go to the store, and memory follows the store.

pub(crate) mod access_keys;
pub(crate) mod audit;
pub(crate) mod bootstrap;
mod polls;
pub(crate) mod registration;
mod snapshot;

#[cfg(test)]
mod in_memory;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::InvalidJwk;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;

use crate::domain::change::{Change, Kind, Subject};
use crate::domain::model::{Client, KnownClient};
use crate::storage::registry::{Applied, Author, Delta, Precondition, Store, StoreError};

use polls::Polls;

pub(crate) use polls::Waits;
pub(crate) use snapshot::Snapshot;

/// The registry. Memory is never ahead of the store, and not behind it after a change of our own. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Registry {
    store: Arc<dyn Store>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    polls: Arc<Polls>,
    waits: Waits,
    /// Limits the log lines about changes that the store did not accept, since a client can send them at will.
    log: Arc<LogBudget>,
}

/// How long a delta may take before the store counts as unavailable.
const DELTA_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a delta may take once the store counts as unavailable: it may be large by then.
const LATE_DELTA_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a change may take.
const CHANGE: Duration = Duration::from_secs(5);

/// How long a request that would be refused waits for changes from the store.
const STALE_WAIT: Duration = Duration::from_secs(1);

/// How often a change is attempted whose precondition keeps failing.
const ATTEMPTS: u32 = 20;

impl Registry {
    /// Reads everything from the store.
    pub(crate) async fn load(store: Arc<dyn Store>, waits: Waits) -> Result<Self, StoreError> {
        let log = Arc::new(LogBudget::new(10, 1));
        let registry = Self { store, snapshot: Arc::default(), polls: Arc::default(), waits, log };
        if let Some(delta) = registry.store.delta(None).await? {
            registry.take(&Snapshot::default(), delta);
        }
        Ok(registry)
    }

    /// The current snapshot.
    pub(crate) fn now(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The client of this id.
    pub(crate) fn client(&self, id: &ClientId) -> Option<Arc<KnownClient>> {
        self.snapshot.load().clients.get(id).cloned()
    }

    /// Takes over what the store had when this was called, or later. Of many callers at once, one polls for all, and they
    /// share its outcome.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let (this, before) = (self.clone(), self.polls.before());
        // The poll goes on if its caller has gone, so that the others need not begin again.
        let polled = tokio::spawn(async move { this.polls.once(before, this.take_delta()).await });
        self.waits.within(DELTA_TIMEOUT, async { polled.await.unwrap_or(Err(StoreError::Away)) }).await
    }

    async fn take_delta(&self) -> Result<(), StoreError> {
        let old = self.now();
        let mut delta = self.store.delta(Some(old.version));
        let delta = match self.waits.within(DELTA_TIMEOUT, &mut delta).await {
            Err(StoreError::Away) => {
                self.polls.set_away(true);
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

    /// Whether the store did not answer lately. Callers then need not wait for it: the snapshot in memory is all there is.
    pub(crate) fn is_away(&self) -> bool {
        self.waits == Waits::Briefly && self.polls.is_away()
    }

    /// Whether other replicas work on the same store.
    pub(crate) fn is_replica(&self) -> bool {
        self.waits == Waits::Briefly
    }

    /// On a replica, waits until memory has every change that the other replicas had confirmed before this was called. If the
    /// store is unavailable it does not wait: reads are then answered from memory, as token requests are, and changes are
    /// refused.
    pub(crate) async fn refresh_replica(&self) {
        if self.is_replica()
            && !self.is_away()
            && let Err(why) = self.refresh().await
        {
            tracing::debug!(%why, "a request is answered from an older snapshot");
        }
    }

    /// A snapshot newer than `known`, if there is one. A replica polls the store for it, and waits briefly.
    pub(crate) async fn refresh_if_stale(&self, known: &Snapshot) -> Option<Arc<Snapshot>> {
        let can_ask = self.is_replica() && !self.is_away();
        if can_ask && let Ok(Err(why)) = tokio::time::timeout(STALE_WAIT, self.refresh()).await {
            tracing::debug!(%why, "a request was refused by an older snapshot");
        }
        Some(self.now()).filter(|now| now.version != known.version)
    }

    /// The store's answer, if it comes in time; an error at once while the store is unavailable.
    async fn unless_away<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.is_away() { Err(StoreError::Away) } else { self.waits.within(CHANGE, answer).await }
    }

    /// Makes all changes and refreshes memory, or does nothing. Goes on if its caller has gone.
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
            // The sender's mistake, and the sender is told.
            Ok(_) | Err(StoreError::NotReadBack { .. }) => {}
            Err(error) => log_within!(self.log, at, error, %error, "a change could not be stored"),
        }
        applied
    }

    /// Makes all changes, in the store and in memory, or none of them.
    pub(crate) async fn change(&self, changes: Vec<Change>, author: &Author) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        // Without a precondition there is no conflict.
        self.apply(changes, author, None).await.map(drop)
    }

    /// Adds a client, unless one of its id exists.
    pub(crate) async fn add_client(&self, client: Client, author: &Author) -> Result<Added, StoreError> {
        let subject = Subject::client(&client.id);
        for _ in 0..ATTEMPTS {
            let before = self.now();
            if before.clients.contains_key(&client.id) || before.broken.contains_key(&subject) {
                return Ok(Added::WasThere);
            }
            let put = vec![Change::PutClient(Box::new(client.clone()))];
            let precondition = Precondition::untouched(subject.clone(), before.version);
            let precondition = precondition.and(put.iter().filter_map(namesake));
            if before.apis.keys().any(|audience| audience.as_str() == client.id.as_str()) {
                return Ok(Added::WasThere);
            }
            if self.apply(put, author, Some(precondition)).await? == Applied::Done {
                return Ok(Added::New);
            }
        }
        Err(StoreError::Contended)
    }

    /// Changes one client, starting from its current state: of two concurrent changes, neither undoes the other.
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

    /// Makes changes that depend on the other entries of these kinds, such as which API has which scope. `plan` makes them from
    /// the registry, and is called again if an entry of these kinds was changed meanwhile, here or at another replica, so that
    /// no scope is ever given to two APIs, and no number to two persons.
    pub(crate) async fn change_kinds<T, E: From<StoreError>>(
        &self,
        author: &Author,
        kinds: &[Kind],
        plan: impl Fn(&Snapshot) -> Result<(Vec<Change>, T), E>,
    ) -> Result<T, E> {
        for _ in 0..ATTEMPTS {
            let before = self.now();
            let (changes, planned) = plan(&before)?;
            let precondition = Precondition::untouched_kinds(kinds, before.version);
            let precondition = precondition.and(changes.iter().filter_map(namesake));
            if changes.is_empty() || self.apply(changes, author, Some(precondition)).await? == Applied::Done {
                return Ok(planned);
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// The outcome of [`Registry::add_client`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    New,
    /// A client of this id exists; nothing was changed.
    WasThere,
}

/// What may not be there beside what the change puts: no name is both a client's and an API's.
fn namesake(change: &Change) -> Option<Subject> {
    match change {
        Change::PutClient(client) => Some(Subject { kind: Kind::Api, id: client.id.to_string() }),
        Change::PutApi(api) => Some(Subject { kind: Kind::Client, id: api.audience.to_string() }),
        _ => None,
    }
}

fn known(client: Client) -> Result<Arc<KnownClient>, StoreError> {
    let bad = |why: InvalidJwk| StoreError::NotReadBack { what: "client", why: why.to_string() };
    KnownClient::new(client).map(Arc::new).map_err(bad)
}
