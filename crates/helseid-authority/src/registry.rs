//! The registry: read from memory, changed in the store, from where memory learns of every change.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{
    ApiResource, AuditEntry, Delegation, OrganisationEntry, RegisteredClient,
};
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::jose::InvalidJwk;
use helseid_protocol::scope::Scope;
use tokio::sync::Mutex;

use crate::change::{Change, Subject};
use crate::model::{AccessKey, Client, KnownClient};
use crate::store::{Applied, Author, News, Premise, Store, StoreError, Version};

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

    /// What is there after the news; a client whose keys cannot be read is an error.
    fn after(&self, news: News) -> Result<Self, StoreError> {
        let mut next = if news.whole { Self::default() } else { self.clone() };
        next.version = news.version;
        next.signing_keys = if news.signing_keys { news.version } else { self.signing_keys };
        news.gone.iter().for_each(|id| drop(next.clients.remove(id)));
        for client in news.clients {
            next.clients.insert(client.id.clone(), known(client)?);
        }
        if let Some(rest) = news.rest {
            next.apis = rest.apis.into_iter().map(|api| (api.audience.clone(), api)).collect();
            next.organisations =
                rest.organisations.into_iter().map(|entry| (entry.number.clone(), entry)).collect();
            next.delegations = rest.delegations.into_iter().collect();
            next.access_keys = rest.access_keys.into_iter().map(|key| (key.entry.id.clone(), key)).collect();
            next.managed = rest.managed.into_iter().collect();
        }
        Ok(next)
    }
}

/// The registry. What is in memory is never ahead of the store, and after a change of ours not behind it.
pub(crate) struct Registry {
    store: Arc<dyn Store>,
    snapshot: ArcSwap<Snapshot>,
    /// How many times the store was asked for news with success; one asks at a time.
    asking: Mutex<u64>,
    begun: AtomicU64,
    away: AtomicBool,
}

/// How often a change is tried that others keep overtaking.
const TRIES: u32 = 20;

impl Registry {
    /// Reads everything from the store.
    pub(crate) async fn load(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let (snapshot, begun) = (ArcSwap::from_pointee(Snapshot::default()), AtomicU64::new(0));
        let away = AtomicBool::new(false);
        let registry = Self { store, snapshot, asking: Mutex::new(0), begun, away };
        if let Some(news) = registry.store.news(None).await? {
            registry.snapshot.store(Arc::new(Snapshot::default().after(news)?));
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

    /// Takes over what the store had when this was called, or later. Of many callers at once, one asks for all.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut succeeded = self.asking.lock().await;
        if *succeeded > before {
            return Ok(());
        }
        let this = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let old = self.now();
        let news = self.store.news(Some(old.version)).await;
        self.away.store(news.is_err(), Ordering::Relaxed);
        if let Some(news) = news? {
            self.snapshot.store(Arc::new(old.after(news)?));
        }
        *succeeded = this;
        Ok(())
    }

    /// Whether the store did not answer when it was asked last.
    pub(crate) fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Makes all the changes, in the store and in memory, or none of them.
    pub(crate) async fn change(&self, changes: Vec<Change>, author: &Author) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        for change in &changes {
            if let Change::PutClient(client) = change {
                known(Client::clone(client))?;
            }
        }
        // Without a premise nothing can overtake it.
        let _ = self.store.apply(&changes, author, None).await?;
        self.refresh().await
    }

    /// Puts a client that is not there yet; tells whether it was not.
    pub(crate) async fn add_client(&self, client: Client, author: &Author) -> Result<Added, StoreError> {
        let subject = Subject::client(&client.id);
        known(client.clone())?;
        for _ in 0..TRIES {
            let before = self.now();
            if before.clients.contains_key(&client.id) {
                return Ok(Added::WasThere);
            }
            let put = [Change::PutClient(Box::new(client.clone()))];
            let premise = Premise { subject: &subject, since: before.version };
            let applied = self.store.apply(&put, author, Some(premise)).await?;
            self.refresh().await?;
            if applied == Applied::Done {
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
            let put = [Change::PutClient(Box::new(new.client.clone()))];
            let premise = Premise { subject: &subject, since: before.version };
            let applied = self.store.apply(&put, author, Some(premise)).await?;
            self.refresh().await?;
            if applied == Applied::Done {
                return Ok(Some(new));
            }
        }
        Err(StoreError::Contended.into())
    }

    /// The newest entries of the audit log, those before `before` if that is given.
    pub(crate) async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.store.audit(before, limit).await
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
    let bad = |why: InvalidJwk| StoreError::Unreadable { what: "client key", why: why.to_string() };
    KnownClient::new(client).map(Arc::new).map_err(bad)
}
