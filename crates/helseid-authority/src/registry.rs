//! The registry: read from memory, changed in the store first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

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
use crate::store::{Author, Store, StoreError};

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

    /// All changes but those of clients, whose keys are parsed elsewhere.
    fn apply(&mut self, change: Change) {
        match change {
            Change::PutClient(_) => {}
            Change::RemoveClient(id) => drop(self.clients.remove(&id)),
            Change::PutApi(api) => drop(self.apis.insert(api.audience.clone(), api)),
            Change::RemoveApi(audience) => drop(self.apis.remove(&audience)),
            Change::PutOrganisation(entry) => drop(self.organisations.insert(entry.number.clone(), entry)),
            Change::RemoveOrganisation(number) => drop(self.organisations.remove(&number)),
            Change::PutDelegation(delegation) => drop(self.delegations.replace(delegation)),
            Change::RemoveDelegation(delegation) => drop(self.delegations.take(&delegation)),
            Change::PutAccessKey(key) => drop(self.access_keys.insert(key.entry.id.clone(), key)),
            Change::RemoveAccessKey(id) => drop(self.access_keys.remove(&id)),
            Change::Manage(subject) => drop(self.managed.replace(subject)),
            Change::Release(subject) => drop(self.managed.take(&subject)),
        }
    }
}

/// The registry.
pub(crate) struct Registry {
    store: Arc<dyn Store>,
    snapshot: ArcSwap<Snapshot>,
    /// One change at a time: the store first, then memory.
    changing: Mutex<()>,
}

impl Registry {
    /// Reads everything from the store.
    pub(crate) async fn load(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let contents = store.contents().await?;
        let mut snapshot = Snapshot::default();
        for client in contents.clients {
            snapshot.clients.insert(client.id.clone(), known(client)?);
        }
        snapshot.apis = contents.apis.into_iter().map(|api| (api.audience.clone(), api)).collect();
        snapshot.organisations =
            contents.organisations.into_iter().map(|entry| (entry.number.clone(), entry)).collect();
        snapshot.delegations = contents.delegations.into_iter().collect();
        snapshot.access_keys =
            contents.access_keys.into_iter().map(|key| (key.entry.id.clone(), key)).collect();
        snapshot.managed = contents.managed.into_iter().collect();
        Ok(Self { store, snapshot: ArcSwap::from_pointee(snapshot), changing: Mutex::new(()) })
    }

    /// Everything, at this moment.
    pub(crate) fn now(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The client of this id.
    pub(crate) fn client(&self, id: &ClientId) -> Option<Arc<KnownClient>> {
        self.snapshot.load().clients.get(id).cloned()
    }

    /// Makes all the changes, in the store and in memory, or none of them.
    pub(crate) async fn change(&self, changes: Vec<Change>, author: &Author) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let known = changes.iter().filter_map(|change| match change {
            Change::PutClient(client) => Some(known(Client::clone(client))),
            _ => None,
        });
        let known = known.collect::<Result<Vec<_>, _>>()?;
        let _one_at_a_time = self.changing.lock().await;
        self.store.apply(&changes, author).await?;
        let mut snapshot = Snapshot::clone(&self.snapshot.load());
        changes.into_iter().for_each(|change| snapshot.apply(change));
        snapshot.clients.extend(known.into_iter().map(|known| (known.client.id.clone(), known)));
        self.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    /// Changes one client by what it is at that moment: two at once cannot undo each other.
    pub(crate) async fn change_client<E: From<StoreError>>(
        &self,
        id: &ClientId,
        author: &Author,
        change: impl FnOnce(&Snapshot, Client) -> Result<Client, E>,
    ) -> Result<Option<Arc<KnownClient>>, E> {
        let _one_at_a_time = self.changing.lock().await;
        let before = self.now();
        let Some(old) = before.clients.get(id) else { return Ok(None) };
        let new = known(change(&before, old.client.clone())?)?;
        if new.client == old.client {
            return Ok(Some(new));
        }
        self.store.apply(&[Change::PutClient(Box::new(new.client.clone()))], author).await?;
        let mut snapshot = Snapshot::clone(&before);
        snapshot.clients.insert(id.clone(), new.clone());
        self.snapshot.store(Arc::new(snapshot));
        Ok(Some(new))
    }

    /// The newest entries of the audit log, those before `before` if that is given.
    pub(crate) async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.store.audit(before, limit).await
    }
}

fn known(client: Client) -> Result<Arc<KnownClient>, StoreError> {
    let bad = |why: InvalidJwk| StoreError::Unreadable { what: "client key", why: why.to_string() };
    KnownClient::new(client).map(Arc::new).map_err(bad)
}
