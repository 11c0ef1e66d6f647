//! Entries that cannot be read: shown, and removed. One that is registered again as a whole takes their place.

use helseid_admin_api::BrokenEntry;
use helseid_protocol::id::ClientId;

use super::error::ServiceError;
use super::registry::RegistryAdmin;
use crate::domain::change::{Change, Kind, Subject};
use crate::registry::Snapshot;
use crate::registry::registration::NotRegistered;

impl RegistryAdmin {
    /// Every entry that cannot be read.
    pub(crate) fn broken_entries(&self) -> Vec<BrokenEntry> {
        self.snapshot().broken_entries()
    }

    /// Removes one by kind and name: no path may be able to hold a name that cannot be read.
    pub(crate) async fn remove_broken(&self, kind: &str, id: &str) -> Result<(), ServiceError> {
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind);
        let removal = kind.and_then(|kind| removal(&self.snapshot(), kind, id));
        self.apply(removal.ok_or_else(|| ServiceError::unknown("broken entry", id))?).await
    }
}

/// What removes the entry of this name, if it is one that cannot be read. A seed file that names it puts it there again.
pub(super) fn removal(registry: &Snapshot, kind: Kind, id: &str) -> Option<Change> {
    let subject = Subject { kind, id: id.to_owned() };
    registry.broken.contains_key(&subject).then_some(Change::RemoveBroken(subject))
}

/// Why a client cannot be shown or changed.
pub(super) fn or_unknown(registry: &Snapshot, id: &ClientId) -> ServiceError {
    let subject = Subject::client(id);
    match registry.broken.get(&subject) {
        Some(why) => NotRegistered::broken(&subject, why).into(),
        None => ServiceError::unknown("client", id),
    }
}
