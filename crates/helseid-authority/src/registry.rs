//! The registry: read from memory, changed in the store first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arc_swap::ArcSwap;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{ApiResource, Delegation, OrganisationEntry};
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::scope::Scope;
use tokio::sync::Mutex;

use crate::model::{Client, KnownClient};
use crate::store::{Store, StoreError};

/// Everything that is registered, at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) clients: HashMap<ClientId, Arc<KnownClient>>,
    pub(crate) apis: BTreeMap<Audience, ApiResource>,
    pub(crate) organisations: BTreeMap<OrganisationNumber, OrganisationEntry>,
    pub(crate) delegations: BTreeSet<Delegation>,
}

impl Snapshot {
    /// The API that a scope belongs to.
    pub(crate) fn api_of(&self, scope: &Scope) -> Option<&Audience> {
        let by_name = scope.audience().and_then(|name| Audience::parse(name).ok());
        let by_name = by_name.and_then(|name| self.apis.get(&name));
        let has = |api: &&ApiResource| api.scopes.contains(scope);
        by_name.filter(has).or_else(|| self.apis.values().find(has)).map(|api| &api.audience)
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
            let id = client.id.clone();
            let known = KnownClient::new(client)
                .map_err(|why| StoreError::Unreadable { what: "client key", why: why.to_string() })?;
            snapshot.clients.insert(id, Arc::new(known));
        }
        snapshot.apis = contents.apis.into_iter().map(|api| (api.audience.clone(), api)).collect();
        snapshot.organisations =
            contents.organisations.into_iter().map(|entry| (entry.number.clone(), entry)).collect();
        snapshot.delegations = contents.delegations.into_iter().collect();
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

    /// Puts a client in the place of the one with its id.
    pub(crate) async fn put_client(&self, client: Client) -> Result<Arc<KnownClient>, StoreError> {
        let known = KnownClient::new(client)
            .map_err(|why| StoreError::Unreadable { what: "client key", why: why.to_string() })?;
        let _one_at_a_time = self.changing.lock().await;
        self.store.put_client(&known.client).await?;
        let known = Arc::new(known);
        self.change(|snapshot| drop(snapshot.clients.insert(known.client.id.clone(), known.clone())));
        Ok(known)
    }

    /// Removes a client; tells whether it was there.
    pub(crate) async fn remove_client(&self, id: &ClientId) -> Result<Option<Arc<KnownClient>>, StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.remove_client(id).await?;
        let removed = self.client(id);
        self.change(|snapshot| drop(snapshot.clients.remove(id)));
        Ok(removed)
    }

    /// Puts an API in the place of the one with its name.
    pub(crate) async fn put_api(&self, api: ApiResource) -> Result<(), StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.put_api(&api).await?;
        self.change(|snapshot| drop(snapshot.apis.insert(api.audience.clone(), api)));
        Ok(())
    }

    /// Removes an API.
    pub(crate) async fn remove_api(&self, audience: &Audience) -> Result<(), StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.remove_api(audience).await?;
        self.change(|snapshot| drop(snapshot.apis.remove(audience)));
        Ok(())
    }

    /// Puts an organisation in the place of the one with its number.
    pub(crate) async fn put_organisation(&self, entry: OrganisationEntry) -> Result<(), StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.put_organisation(&entry).await?;
        self.change(|snapshot| drop(snapshot.organisations.insert(entry.number.clone(), entry)));
        Ok(())
    }

    /// Removes an organisation.
    pub(crate) async fn remove_organisation(&self, number: &OrganisationNumber) -> Result<(), StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.remove_organisation(number).await?;
        self.change(|snapshot| drop(snapshot.organisations.remove(number)));
        Ok(())
    }

    /// Puts a delegation.
    pub(crate) async fn put_delegation(&self, delegation: Delegation) -> Result<(), StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.put_delegation(&delegation).await?;
        self.change(|snapshot| {
            snapshot.delegations.insert(delegation);
        });
        Ok(())
    }

    /// Removes a delegation.
    pub(crate) async fn remove_delegation(&self, delegation: &Delegation) -> Result<(), StoreError> {
        let _one_at_a_time = self.changing.lock().await;
        self.store.remove_delegation(delegation).await?;
        self.change(|snapshot| {
            snapshot.delegations.remove(delegation);
        });
        Ok(())
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        let mut snapshot = Snapshot::clone(&self.snapshot.load());
        change(&mut snapshot);
        self.snapshot.store(Arc::new(snapshot));
    }
}
