//! The persons that can log in, as the registry has them.

use std::sync::Arc;

use helseid_admin_api::{PersonEntry, ShortName};
use helseid_protocol::person::{PersonNumber, SyntheticMonth};

use crate::registry::Registry;

/// The persons that can log in.
#[derive(Clone)]
pub(crate) struct Persons {
    pub(in super::super) registry: Arc<Registry>,
    /// Which numbers of persons who are not registered are taken.
    pub(in super::super) month: SyntheticMonth,
}

impl Persons {
    /// Which numbers of persons who are not registered are taken.
    pub(crate) const fn month(&self) -> SyntheticMonth {
        self.month
    }

    /// Every person, by short name.
    pub(crate) fn all(&self) -> Vec<PersonEntry> {
        self.registry.now().persons.values().cloned().collect()
    }

    /// The person of this short name.
    pub(crate) fn find(&self, name: &str) -> Option<PersonEntry> {
        let name = ShortName::parse(name).ok()?;
        self.registry.now().persons.get(&name).cloned()
    }

    /// The person of this number.
    pub(crate) fn of_number(&self, number: &PersonNumber) -> Option<PersonEntry> {
        self.registry.now().person(number).cloned()
    }
}
