//! Seed files: planned as a whole, then applied in one change.

use std::collections::BTreeSet;

use helseid_admin_api::{
    ApiResource, ClientRegistration, Delegation, KeyOrigin, OrganisationEntry, PersonEntry,
};
use helseid_protocol::time::Timestamp;

use super::client::has_key;
use super::{NotRegistered, RegistrationPolicy, checked, checked_api, checked_organisation, checked_person};
use crate::domain::change::{Actor, Change, Kind, Subject};
use crate::domain::model::{ApiClaims, Client};
use crate::registry::{Registry, Snapshot};
use crate::storage::registry::Author;

/// The entries of a seed file.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::{Seed, TestAuthority};
///
/// let authority = TestAuthority::start().await?;
/// // A file of the program's own, in JSON.
/// let seed = Seed { apis: serde_json::from_str(r#"[{"audience": "nhn:my-api", "scopes": ["nhn:my-api/read"]}]"#)?, ..Seed::default() };
/// authority.apply_seed(seed.clone(), false).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// API resources.
    pub apis: Vec<ApiResource>,
    /// Organisations.
    pub organisations: Vec<OrganisationEntry>,
    /// Delegations: who may act for whom.
    pub delegations: Vec<Delegation>,
    /// Synthetic persons.
    pub persons: Vec<PersonEntry>,
    /// Clients, each with its id.
    pub clients: Vec<ClientRegistration>,
}

/// What a seed file changes about one entry.
///
/// ```no_run
/// # async fn example(authority: helseid_authority::TestAuthority, seed: helseid_authority::Seed) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::SeedStep;
///
/// for SeedStep { action, entry } in authority.apply_seed(seed, true).await? {
///     println!("{} {entry}", action.name());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedStep {
    /// The action.
    pub action: SeedAction,
    /// The entry: its kind and its name.
    pub entry: String,
}

/// What a seed file does to an entry.
///
/// ```
/// use helseid_authority::{SeedAction, SeedStep};
///
/// /// Whether the file says nothing new.
/// fn nothing_changed(steps: &[SeedStep]) -> bool {
///     steps.iter().all(|step| step.action == SeedAction::Keep)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedAction {
    /// The entry is new.
    Add,
    /// The entry exists, and differs.
    Change,
    /// The entry exists as in the file.
    Keep,
    /// An earlier file added the entry, and this one does not have it.
    Remove,
}

impl SeedAction {
    /// The name, as it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
            Self::Keep => "keep",
            Self::Remove => "remove",
        }
    }
}

/// Applies a seed file to the registry.
pub(crate) async fn apply(
    registry: &Registry,
    seed: Seed,
    prune: bool,
    policy: &RegistrationPolicy,
    now: Timestamp,
) -> Result<Vec<SeedStep>, NotRegistered> {
    let author = Author { actor: Actor::SeedFile, at: now };
    let plan = |registry: &_| {
        plan(registry, seed.clone(), prune, policy, now).map(|plan| (plan.changes, plan.steps))
    };
    registry.change_kinds(&author, &[Kind::Api, Kind::Person], plan).await
}

/// The changes that a seed file makes.
pub(crate) struct Plan {
    changes: Vec<Change>,
    pub(crate) steps: Vec<SeedStep>,
    named: BTreeSet<Subject>,
}

/// Checks the whole file, and plans the changes. Changes nothing.
pub(crate) fn plan(
    registry: &Snapshot,
    seed: Seed,
    prune: bool,
    policy: &RegistrationPolicy,
    now: Timestamp,
) -> Result<Plan, NotRegistered> {
    let mut plan = Plan { changes: Vec::new(), steps: Vec::new(), named: BTreeSet::new() };
    // Clients may have scopes of APIs in the same file.
    let mut next = registry.clone();
    for api in seed.apis {
        let api = checked_api(api, &next)?;
        next.apis.insert(api.audience.clone(), api.clone());
        let old = registry.apis.get(&api.audience);
        plan.put(Subject::api(&api.audience), old == Some(&api), old.is_some(), Change::PutApi(api))?;
    }
    for entry in seed.organisations {
        let entry = checked_organisation(entry)?;
        let old = registry.organisations.get(&entry.number);
        let subject = Subject::organisation(&entry.number);
        plan.put(subject, old == Some(&entry), old.is_some(), Change::PutOrganisation(entry))?;
    }
    for delegation in seed.delegations {
        let there = registry.delegations.contains(&delegation);
        let subject = Subject::delegation(&delegation);
        plan.put(subject, there, there, Change::PutDelegation(delegation))?;
    }
    for entry in seed.persons {
        let entry = checked_person(entry, &next, policy.synthetic_month)?;
        next.persons.insert(entry.short_name.clone(), entry.clone());
        let old = registry.persons.get(&entry.short_name);
        let subject = Subject::person(&entry.short_name);
        plan.put(subject, old == Some(&entry), old.is_some(), Change::PutPerson(Box::new(entry)))?;
    }
    for registration in seed.clients {
        let id = registration.client_id.clone().ok_or_else(|| {
            let detail =
                format!("{:?} has no id, so that the next start would register it again", registration.name);
            NotRegistered::wrong("a client in the seed file has no id", detail, "give it an id")
        })?;
        let old = registry.clients.get(&id).map(|known| &known.client);
        let client = keeping_its_own(checked(id, registration, &next, policy)?, old, now);
        let subject = Subject::client(&client.id);
        plan.put(subject, old == Some(&client), old.is_some(), Change::PutClient(Box::new(client)))?;
    }
    if prune {
        plan.remove_unnamed(registry);
    }
    // A file that says nothing new changes nothing: what it marked before stays marked.
    plan.changes
        .retain(|change| !matches!(change, Change::Manage(subject) if registry.managed.contains(subject)));
    Ok(plan)
}

/// Keeps what the client did itself at the self-service API: a seed file does not undo it.
fn keeping_its_own(mut client: Client, old: Option<&Client>, now: Timestamp) -> Client {
    let Some(old) = old else { return client };
    let is_own = |key: &&crate::domain::model::Key| {
        key.origin == KeyOrigin::Api && key.expires.is_none_or(|expires| expires > now)
    };
    for key in old.keys.iter().filter(is_own) {
        let has_its_name = client.keys.iter().any(|known| known.jwk.key_id() == key.jwk.key_id());
        if !has_its_name && !has_key(&client, &key.jwk) && client.keys.push(key.clone()).is_err() {
            tracing::warn!(client = %client.id, "the client has as many keys as it may: one of its own is left out");
        }
    }
    client.pending_scopes = old.pending_scopes.clone();
    let mut claims = old.api_claims.all().clone();
    claims.extend(client.api_claims.all().clone());
    match ApiClaims::try_from(claims) {
        Ok(claims) => client.api_claims = claims,
        Err(why) => tracing::warn!(client = %client.id, %why, "the claims that it asked for are left out"),
    }
    client
}

impl Plan {
    fn put(
        &mut self,
        subject: Subject,
        same: bool,
        there: bool,
        change: Change,
    ) -> Result<(), NotRegistered> {
        if !self.named.insert(subject.clone()) {
            let detail = format!("the {subject} appears twice");
            return Err(NotRegistered::wrong(
                "the seed file names an entry twice",
                detail,
                "leave one of them out",
            ));
        }
        let action = match (there, same) {
            (false, _) => SeedAction::Add,
            (true, false) => SeedAction::Change,
            (true, true) => SeedAction::Keep,
        };
        if action != SeedAction::Keep {
            self.changes.push(change);
        }
        self.steps.push(SeedStep { action, entry: subject.to_string() });
        self.changes.push(Change::Manage(subject));
        Ok(())
    }

    fn remove_unnamed(&mut self, registry: &Snapshot) {
        // Clients before the entries that they depend on.
        for kind in Kind::SEEDED.into_iter().rev() {
            let gone = |subject: &&Subject| subject.kind == kind && !self.named.contains(subject);
            let gone: Vec<_> = registry.managed.iter().filter(gone).cloned().collect();
            for subject in gone {
                self.changes.extend(removal(registry, &subject));
                self.steps.push(SeedStep { action: SeedAction::Remove, entry: subject.to_string() });
                self.changes.push(Change::Release(subject));
            }
        }
    }
}

/// The change that removes an entry, if it still exists.
fn removal(registry: &Snapshot, subject: &Subject) -> Option<Change> {
    match subject.kind {
        _ if registry.broken.contains_key(subject) => Some(Change::RemoveBroken(subject.clone())),
        Kind::Api => subject.id.parse().ok().map(Change::RemoveApi),
        Kind::Organisation => subject.id.parse().ok().map(Change::RemoveOrganisation),
        Kind::Person => subject.id.parse().ok().map(Change::RemovePerson),
        Kind::Client => subject.id.parse().ok().map(Change::RemoveClient),
        Kind::Delegation => {
            let found = registry.delegations.iter().find(|known| Subject::delegation(known) == *subject);
            found.cloned().map(Change::RemoveDelegation)
        }
        Kind::AccessKey | Kind::Mark => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_file_that_says_nothing_new_changes_nothing() {
        let entry: OrganisationEntry =
            serde_json::from_str(r#"{"number":"999977774","name":"Granfjelldal kommune"}"#).unwrap();
        let seed = Seed { organisations: vec![entry.clone()], ..Seed::default() };
        let (policy, now) = (Config::in_memory().registration(), Timestamp::from_seconds(0));
        let planned = |registry: &Snapshot| plan(registry, seed.clone(), true, &policy, now).unwrap();
        let mut registry = Snapshot::default();
        assert_eq!(planned(&registry).changes.len(), 2, "the entry and its mark");
        registry.managed.insert(Subject::organisation(&entry.number));
        registry.organisations.insert(entry.number.clone(), entry);
        assert!(planned(&registry).changes.is_empty());
    }
}
