//! Synthetic persons: listed, added, removed. Each is named by its short name, and no line here holds a number.

use helseid_admin_api::{Listed, PersonEntry, ShortName};

use super::broken;
use super::error::ServiceError;
use super::registry::RegistryAdmin;
use super::resources::listed;
use crate::domain::change::{Change, Kind, Subject};
use crate::registry::Snapshot;
use crate::registry::registration::{checked_person, put_person, require_unmanaged, unknown_person};

impl RegistryAdmin {
    pub(crate) fn persons(&self) -> Vec<Listed<PersonEntry>> {
        let registry = self.snapshot();
        listed(&registry, registry.persons.values(), |entry| Subject::person(&entry.short_name))
    }

    pub(crate) async fn put_person(&self, entry: PersonEntry) -> Result<(), ServiceError> {
        let checked = |registry: &Snapshot| {
            let entry = checked_person(entry.clone(), registry, self.policy.synthetic_month)?;
            require_unmanaged(registry, &Subject::person(&entry.short_name))?;
            Ok(entry)
        };
        Ok(put_person(&self.registry, &self.author(), checked).await?)
    }

    pub(crate) async fn remove_person(&self, name: &str) -> Result<(), ServiceError> {
        let registry = self.snapshot();
        if let Some(removal) = broken::removal(&registry, Kind::Person, name) {
            return self.apply(removal).await;
        }
        let known = ShortName::parse(name).ok().filter(|name| registry.persons.contains_key(name));
        let name = known.ok_or_else(|| unknown_person(name))?;
        self.apply_to(&Subject::person(&name), Change::RemovePerson(name.clone())).await
    }
}
