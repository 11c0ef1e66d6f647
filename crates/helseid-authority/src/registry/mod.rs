//! The registry: read from memory, changed in the store, from where memory learns of every change.

pub(crate) mod bootstrap;
pub(crate) mod registration;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use helseid_admin_api::{
    ApiResource, AuditEntry, BrokenEntry, Delegation, OrganisationEntry, RegisteredClient,
};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::jose::InvalidJwk;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::scope::Scope;
use helseid_protocol::time::Timestamp;
use tokio::sync::Mutex;

use crate::domain::change::{Change, Kind, Subject};
use crate::domain::model::{AccessKey, Client, KnownClient};
use crate::storage::registry::{Applied, Author, News, Premise, Store, StoreError, Version};

/// Everything that is registered, at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) clients: HashMap<ClientId, Arc<KnownClient>>,
    pub(crate) apis: BTreeMap<Audience, ApiResource>,
    pub(crate) organisations: BTreeMap<OrganisationNumber, OrganisationEntry>,
    pub(crate) delegations: BTreeSet<Delegation>,
    pub(crate) access_keys: BTreeMap<String, AccessKey>,
    /// What a seed file put there.
    pub(crate) managed: BTreeSet<Subject>,
    /// What cannot be read, and why.
    pub(crate) broken: BTreeMap<Subject, String>,
    pub(crate) version: Version,
    /// The version in which the signing keys were touched last.
    pub(crate) signing_keys: Version,
}

impl Snapshot {
    /// The API that a scope belongs to.
    pub(crate) fn api_of(&self, scope: &Scope) -> Option<&Audience> {
        let by_name = scope.audience().and_then(|name| Audience::parse(name).ok());
        let by_name = by_name.and_then(|name| self.apis.get(&name));
        let has = |api: &&ApiResource| api.scopes.contains(scope);
        by_name.filter(has).or_else(|| self.apis.values().find(has)).map(|api| &api.audience)
    }

    /// The API that a claim about clients belongs to: `nhn:api/client/claims/name` is `nhn:api`'s.
    pub(crate) fn api_of_claim(&self, claim: &str) -> Option<&ApiResource> {
        let (name, rest) = claim.split_once("/client/claims/")?;
        let name = Audience::parse(name).ok()?;
        self.apis.get(&name).filter(|_| !rest.is_empty())
    }

    /// A client as the admin API shows it.
    pub(crate) fn shown(&self, known: &KnownClient) -> RegisteredClient {
        known.shown(self.managed.contains(&Subject::client(&known.client.id)))
    }

    /// Every entry that cannot be read.
    pub(crate) fn broken_entries(&self) -> Vec<BrokenEntry> {
        let entry = |(subject, why): (&Subject, &String)| BrokenEntry {
            kind: subject.kind.name().to_owned(),
            id: subject.id.clone(),
            why: why.clone(),
        };
        self.broken.iter().map(entry).collect()
    }

    /// What is there after the news. What cannot be read is kept apart: it costs itself, and nothing else.
    fn after(&self, news: News) -> Self {
        let mut next = if news.whole { Self::default() } else { self.clone() };
        next.version = news.version;
        next.signing_keys = if news.signing_keys { news.version } else { self.signing_keys };
        let touched = news.clients.iter().map(|client| client.id.as_str());
        let touched = touched.chain(news.broken.iter().map(|broken| broken.subject.id.as_str()));
        for id in touched.chain(news.gone.iter().map(String::as_str)) {
            next.broken.remove(&Subject { kind: Kind::Client, id: id.to_owned() });
            if let Ok(id) = ClientId::parse(id) {
                next.clients.remove(&id);
            }
        }
        next.broken.extend(news.broken.into_iter().map(|broken| (broken.subject, broken.why)));
        for client in news.clients {
            let (id, subject) = (client.id.clone(), Subject::client(&client.id));
            match KnownClient::new(client) {
                Ok(known) => drop(next.clients.insert(id, Arc::new(known))),
                Err(why) => drop(next.broken.insert(subject, format!("a key: {why}"))),
            }
        }
        if let Some(rest) = news.rest {
            next.broken.retain(|subject, _| subject.kind == Kind::Client);
            next.broken.extend(rest.broken.into_iter().map(|broken| (broken.subject, broken.why)));
            next.apis = rest.apis.into_iter().map(|api| (api.audience.clone(), api)).collect();
            next.organisations =
                rest.organisations.into_iter().map(|entry| (entry.number.clone(), entry)).collect();
            next.delegations = rest.delegations.into_iter().collect();
            next.access_keys = rest.access_keys.into_iter().map(|key| (key.entry.id.clone(), key)).collect();
            next.managed = rest.managed.into_iter().collect();
        }
        next
    }

    /// Tells the log what cannot be read and could be, or was not there, before.
    fn report_broken(&self, before: &Self) {
        for (subject, why) in &self.broken {
            if before.broken.get(subject) != Some(why) {
                let (kind, id) = (subject.kind.name(), &subject.id);
                tracing::error!(kind, ?id, why, "an entry of the registry cannot be read: it is left out");
            }
        }
    }
}

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

/// How the store is asked for news: by one at a time, for all who wait.
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

/// How long news are waited for before the store counts as away.
const NEWS: Duration = Duration::from_secs(2);

/// How long the store may take for news once it counts as away: much may have happened meanwhile.
const LATE_NEWS: Duration = Duration::from_secs(60);

/// How long a change may take.
const CHANGE: Duration = Duration::from_secs(5);

/// How often a change is tried that others keep overtaking.
const TRIES: u32 = 20;

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
        if let Some(news) = registry.store.news(None).await? {
            registry.take(&Snapshot::default(), news);
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
        self.waits.within(NEWS, async { asked.await.unwrap_or(Err(StoreError::Away)) }).await
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
        let taken = self.take_news().await;
        asking.away.store(taken.is_err(), Ordering::SeqCst);
        match &taken {
            Ok(()) => *succeeded = this,
            Err(_) => drop(asking.failed.fetch_add(1, Ordering::SeqCst)),
        }
        taken
    }

    async fn take_news(&self) -> Result<(), StoreError> {
        let old = self.now();
        let mut news = self.store.news(Some(old.version));
        let news = match self.waits.within(NEWS, &mut news).await {
            Err(StoreError::Away) => {
                self.asking.away.store(true, Ordering::SeqCst);
                self.waits.within(LATE_NEWS, news).await
            }
            answered => answered,
        };
        if let Some(news) = news? {
            self.take(&old, news);
        }
        Ok(())
    }

    fn take(&self, old: &Snapshot, news: News) {
        let next = old.after(news);
        next.report_broken(old);
        self.snapshot.store(Arc::new(next));
    }

    /// Whether the store has not answered lately. Who asks for it then need not wait, and what is in memory is all that can
    /// be known.
    pub(crate) fn is_away(&self) -> bool {
        self.waits == Waits::Briefly && self.asking.away.load(Ordering::SeqCst)
    }

    /// What the store answers in time; nothing at once while it is away.
    async fn unless_away<T>(
        &self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.is_away() { Err(StoreError::Away) } else { self.waits.within(CHANGE, answer).await }
    }

    /// Makes the changes and takes them over, or does nothing. It comes to its end though who asked for it has gone.
    async fn apply(
        &self,
        changes: Vec<Change>,
        author: &Author,
        premise: Option<(Subject, Version)>,
    ) -> Result<Applied, StoreError> {
        let (this, author, at) = (self.clone(), author.clone(), author.at);
        let applied = tokio::spawn(async move {
            let premise = premise.as_ref().map(|(subject, since)| Premise { subject, since: *since });
            let applied = this.unless_away(this.store.apply(&changes, &author, premise)).await?;
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
        // Without a premise nothing can overtake it.
        self.apply(changes, author, None).await.map(drop)
    }

    /// Puts a client that is not there yet; tells whether it was not.
    pub(crate) async fn add_client(&self, client: Client, author: &Author) -> Result<Added, StoreError> {
        let subject = Subject::client(&client.id);
        for _ in 0..TRIES {
            let before = self.now();
            if before.clients.contains_key(&client.id) || before.broken.contains_key(&subject) {
                return Ok(Added::WasThere);
            }
            let put = vec![Change::PutClient(Box::new(client.clone()))];
            let premise = (subject.clone(), before.version);
            if self.apply(put, author, Some(premise)).await? == Applied::Done {
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
        for _ in 0..TRIES {
            let before = self.now();
            let Some(old) = before.clients.get(id) else { return Ok(None) };
            let new = known(change(&before, old.client.clone())?)?;
            if new.client == old.client {
                return Ok(Some(new));
            }
            let put = vec![Change::PutClient(Box::new(new.client.clone()))];
            let premise = (subject.clone(), before.version);
            if self.apply(put, author, Some(premise)).await? == Applied::Done {
                return Ok(Some(new));
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
