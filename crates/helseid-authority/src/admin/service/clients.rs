//! Clients: registered, changed, shown, removed.

use helseid_admin_api::{ClientChange, ClientRegistration, KeyOrigin, NewKey, Page, RegisteredClient};
use helseid_protocol::id::ClientId;

use super::broken;
use super::error::ServiceError;
use super::registry::RegistryAdmin;
use crate::domain::change::{Change, Kind, Subject};
use crate::domain::model::Client;
use crate::registry::registration::{
    NotRegistered, Reason, changed, checked, new_id, require_unmanaged, with_key, without_key,
};
use crate::registry::{Added, Snapshot};

/// The most clients on one page.
const MAX_PAGE: usize = 500;

impl RegistryAdmin {
    /// Clients by id, those after `after`; `next` is to be given as `after`.
    pub(crate) fn clients(&self, after: &str, limit: Option<usize>) -> Page<RegisteredClient> {
        let registry = self.snapshot();
        let mut clients: Vec<_> =
            registry.clients.values().filter(|known| known.client.id.as_str() > after).collect();
        clients.sort_by(|left, right| left.client.id.cmp(&right.client.id));
        let limit = limit.unwrap_or(100).clamp(1, MAX_PAGE);
        let items: Vec<_> = clients.iter().take(limit).map(|known| registry.shown(known)).collect();
        let next = items.last().filter(|_| clients.len() > limit).map(|last| last.client_id.to_string());
        Page { items, next }
    }

    pub(crate) fn client(&self, id: &str) -> Result<RegisteredClient, ServiceError> {
        shown(&self.snapshot(), &named(id)?)
    }

    pub(crate) async fn register(
        &self,
        registration: ClientRegistration,
    ) -> Result<RegisteredClient, ServiceError> {
        let id = registration.client_id.clone().unwrap_or_else(|| new_id(&*self.random));
        let client = checked(id.clone(), registration, &self.snapshot(), &self.policy)?;
        if self.registry.add_client(client, &self.author()).await? == Added::WasThere {
            let title = format!("the client {id} is already registered");
            let next = "change it with PUT or PATCH, or leave client_id out for a new one";
            return Err(ServiceError::new(Reason::Conflict, title, "an id names one client", next));
        }
        shown(&self.snapshot(), &id)
    }

    /// Registers a client under this id, or replaces the one that is there.
    pub(crate) async fn put_client(
        &self,
        id: &str,
        registration: ClientRegistration,
    ) -> Result<RegisteredClient, ServiceError> {
        let id = ClientId::parse(id).map_err(|why| {
            ServiceError::invalid("the client id is invalid", why, "give an id of 1 to 256 characters")
        })?;
        if registration.client_id.as_ref().is_some_and(|named| *named != id) {
            let next = "name the same client in both, or leave client_id out";
            let title = "the path and client_id name two clients";
            return Err(ServiceError::invalid(title, "an id cannot be changed", next));
        }
        let subject = Subject::client(&id);
        let plan = |registry: &Snapshot| -> Result<_, NotRegistered> {
            require_unmanaged(registry, &subject)?;
            let client = checked(id.clone(), registration.clone(), registry, &self.policy)?;
            Ok((vec![Change::PutClient(Box::new(client))], ()))
        };
        self.registry.change_kinds(&self.author(), &[], plan).await?;
        shown(&self.snapshot(), &id)
    }

    pub(crate) async fn patch_client(
        &self,
        id: &str,
        change: ClientChange,
    ) -> Result<RegisteredClient, ServiceError> {
        self.change_client(&named(id)?, |registry, client| {
            require_version(&client, change.version.as_deref())?;
            changed(client, change.clone(), registry, &self.policy)
        })
        .await
    }

    /// Changes a client by a form that has all of it: what is left out of it is empty from then on.
    pub(crate) async fn replace_client(
        &self,
        id: &str,
        change: ClientChange,
    ) -> Result<RegisteredClient, ServiceError> {
        let emptied = |client: Client| Client { org_parent: None, profile: None, ..client };
        self.change_client(&named(id)?, |registry, client| {
            require_version(&client, change.version.as_deref())?;
            changed(emptied(client), change.clone(), registry, &self.policy)
        })
        .await
    }

    pub(crate) async fn add_key(&self, id: &str, key: NewKey) -> Result<RegisteredClient, ServiceError> {
        self.change_client(&named(id)?, |_, client| {
            let profile = client.profile.unwrap_or(self.policy.profile);
            with_key(client, &key, KeyOrigin::Gui, profile)
        })
        .await
    }

    pub(crate) async fn remove_key(&self, id: &str, key: &str) -> Result<RegisteredClient, ServiceError> {
        self.change_client(&named(id)?, |_, client| without_key(client, key)).await
    }

    pub(crate) async fn remove_client(&self, id: &str) -> Result<(), ServiceError> {
        let registry = self.snapshot();
        if let Some(removal) = broken::removal(&registry, Kind::Client, id) {
            return self.apply(removal).await;
        }
        let id = named(id)?;
        if !registry.clients.contains_key(&id) {
            return Err(ServiceError::unknown("client", id));
        }
        self.apply_to(&Subject::client(&id), Change::RemoveClient(id.clone())).await
    }

    async fn change_client(
        &self,
        id: &ClientId,
        change: impl Fn(&Snapshot, Client) -> Result<Client, NotRegistered>,
    ) -> Result<RegisteredClient, ServiceError> {
        let author = self.author();
        let changed = self.registry.change_client(id, &author, |registry, client| {
            require_unmanaged(registry, &Subject::client(id))?;
            change(registry, client)
        });
        let (known, registry) = (changed.await?, self.snapshot());
        known.map(|known| registry.shown(&known)).ok_or_else(|| broken::or_unknown(&registry, id))
    }
}

/// Refuses a change that was made for another state of the client. What follows is made of this state or not at all.
fn require_version(client: &Client, expected: Option<&str>) -> Result<(), NotRegistered> {
    if expected.is_none_or(|expected| expected == client.version()) {
        return Ok(());
    }
    let title = format!("the client {} was changed meanwhile", client.id);
    let why = "the change was made for what it was before, and would undo the other";
    Err(NotRegistered::new(Reason::Conflict, title, why, "look at it, and change it again"))
}

fn shown(registry: &Snapshot, id: &ClientId) -> Result<RegisteredClient, ServiceError> {
    let known = registry.clients.get(id);
    known.map(|known| registry.shown(known)).ok_or_else(|| broken::or_unknown(registry, id))
}

fn named(id: &str) -> Result<ClientId, ServiceError> {
    ClientId::parse(id).map_err(|_| ServiceError::unknown("client", id))
}
