//! A registry without a store, for tests of what reads it.

use std::sync::Arc;

use super::{LogBudget, Registry, Snapshot, Waits};
use crate::domain::change::Change;
use crate::domain::model::KnownClient;
use crate::storage::registry::NoStore;

impl Registry {
    /// A registry with these changes made.
    pub(crate) fn in_memory(changes: Vec<Change>) -> Self {
        let registry = Self {
            store: Arc::new(NoStore),
            snapshot: Arc::default(),
            polls: Arc::default(),
            waits: Waits::ForIt,
            log: Arc::new(LogBudget::new(10, 1)),
        };
        changes.into_iter().for_each(|change| registry.put(change));
        registry
    }

    /// Makes one change, without a store.
    pub(crate) fn put(&self, change: Change) {
        let mut next = Snapshot::clone(&self.now());
        next.version += 1;
        match change {
            Change::PutApi(api) => drop(next.apis.insert(api.audience.clone(), api)),
            Change::PutOrganisation(entry) => drop(next.organisations.insert(entry.number.clone(), entry)),
            Change::PutDelegation(delegation) => drop(next.delegations.insert(delegation)),
            Change::PutPerson(person) => drop(next.persons.insert(person.short_name.clone(), *person)),
            Change::PutClient(client) => {
                let known = KnownClient::new(*client).unwrap();
                next.clients.insert(known.client.id.clone(), Arc::new(known));
            }
            other => panic!("no test puts {other:?}"),
        }
        self.snapshot.store(Arc::new(next));
    }
}
