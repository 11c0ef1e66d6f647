//! The whole registry at one moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use helseid_admin_api::{
    ApiResource, BrokenEntry, Delegation, OrganisationEntry, PersonEntry, RegisteredClient, ShortName,
};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::person::PersonNumber;
use helseid_protocol::scope::Scope;

use crate::domain::change::{Kind, Subject};
use crate::domain::model::{AccessKey, KnownClient, TOKEN_LIFETIME};
use crate::storage::registry::{Delta, Version};

/// The whole registry at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) clients: HashMap<ClientId, Arc<KnownClient>>,
    pub(crate) apis: BTreeMap<Audience, ApiResource>,
    pub(crate) organisations: BTreeMap<OrganisationNumber, OrganisationEntry>,
    pub(crate) delegations: BTreeSet<Delegation>,
    pub(crate) persons: BTreeMap<ShortName, PersonEntry>,
    pub(crate) access_keys: BTreeMap<String, AccessKey>,
    /// The entries that a seed file manages.
    pub(crate) managed: BTreeSet<Subject>,
    /// The entries that cannot be read, and why.
    pub(crate) broken: BTreeMap<Subject, String>,
    pub(crate) version: Version,
    /// The version in which the signing keys last changed.
    pub(crate) signing_keys: Version,
    pub(crate) counted: Counted,
}

/// What is counted when it is first asked for. A copy is there to be changed, and counts again.
#[derive(Debug, Default)]
pub(crate) struct Counted(OnceLock<usize>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Snapshot {
    /// How many clients log people in.
    pub(crate) fn clients_that_log_in(&self) -> usize {
        let logs_in =
            |known: &&Arc<KnownClient>| known.client.grant_types.contains(GrantType::AuthorizationCode);
        *self.counted.0.get_or_init(|| self.clients.values().filter(logs_in).count())
    }

    /// The name of an organisation, if it is registered with one.
    pub(crate) fn organisation_name(&self, number: &OrganisationNumber) -> Option<String> {
        let name = self.organisations.get(number).map(|entry| entry.name.as_str().to_owned());
        name.filter(|name| !name.is_empty())
    }

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

    /// The person with this number.
    pub(crate) fn person(&self, number: &PersonNumber) -> Option<&PersonEntry> {
        self.persons.values().find(|entry| entry.person.number == *number)
    }

    /// A client in the form of the admin API.
    pub(crate) fn shown(&self, known: &KnownClient) -> RegisteredClient {
        known.shown(self.managed.contains(&Subject::client(&known.client.id)))
    }

    /// The longest lifetime of any token that could be issued now.
    pub(crate) fn longest_lifetime(&self) -> Duration {
        let lifetimes = self.clients.values().map(|known| known.client.token_lifetime);
        lifetimes.max().unwrap_or_default().max(TOKEN_LIFETIME)
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

    /// The snapshot with the delta applied. An entry that cannot be read is listed as broken and affects no other entry.
    pub(super) fn after(&self, delta: Delta) -> Self {
        let mut next = if delta.whole { Self::default() } else { self.clone() };
        next.version = delta.version;
        next.signing_keys = if delta.signing_keys { delta.version } else { self.signing_keys };
        let touched = delta.clients.iter().map(|client| client.id.as_str());
        let touched = touched.chain(delta.broken.iter().map(|broken| broken.subject.id.as_str()));
        for id in touched.chain(delta.gone.iter().map(String::as_str)) {
            next.broken.remove(&Subject { kind: Kind::Client, id: id.to_owned() });
            if let Ok(id) = ClientId::parse(id) {
                next.clients.remove(&id);
            }
        }
        next.broken.extend(delta.broken.into_iter().map(|broken| (broken.subject, broken.why)));
        for client in delta.clients {
            let (id, subject) = (client.id.clone(), Subject::client(&client.id));
            match KnownClient::new(client) {
                Ok(known) => drop(next.clients.insert(id, Arc::new(known))),
                Err(why) => drop(next.broken.insert(subject, format!("a key: {why}"))),
            }
        }
        if let Some(rest) = delta.rest {
            next.broken.retain(|subject, _| subject.kind == Kind::Client);
            next.broken.extend(rest.broken.into_iter().map(|broken| (broken.subject, broken.why)));
            next.apis = rest.apis.into_iter().map(|api| (api.audience.clone(), api)).collect();
            next.organisations =
                rest.organisations.into_iter().map(|entry| (entry.number.clone(), entry)).collect();
            next.delegations = rest.delegations.into_iter().collect();
            next.persons =
                rest.persons.into_iter().map(|person| (person.short_name.clone(), person)).collect();
            next.access_keys = rest.access_keys.into_iter().map(|key| (key.entry.id.clone(), key)).collect();
            next.managed = rest.managed.into_iter().collect();
        }
        next
    }

    /// Logs each entry that cannot be read, unless `before` had the same.
    pub(super) fn report_broken(&self, before: &Self) {
        for (subject, why) in &self.broken {
            if before.broken.get(subject) != Some(why) {
                let (kind, id) = (subject.kind.name(), &subject.id);
                tracing::error!(kind, ?id, why, "an entry of the registry cannot be read: it is left out");
            }
        }
    }
}
