//! The registry, for whoever administers it. What is done to each kind of entry is in the files beside this one.

use std::sync::Arc;

use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;

use super::error::ServiceError;
use crate::domain::change::{Actor, Change, Subject};
use crate::registry::registration::{RegistrationPolicy, require_unmanaged};
use crate::registry::{Registry, Snapshot};
use crate::storage::registry::Author;

/// The registry, for whoever administers it.
pub(crate) struct RegistryAdmin {
    pub(crate) registry: Arc<Registry>,
    pub(crate) policy: RegistrationPolicy,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl RegistryAdmin {
    /// Everything that is registered, at this moment.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.registry.now()
    }

    /// Knows what the other replicas had answered before this was called.
    pub(crate) async fn refresh_replica(&self) {
        self.registry.refresh_replica().await;
    }

    pub(super) fn author(&self) -> Author {
        Author { actor: Actor::Admin, at: self.clock.now() }
    }

    pub(super) async fn apply(&self, change: Change) -> Result<(), ServiceError> {
        Ok(self.registry.change(vec![change], &self.author()).await?)
    }

    /// Changes what no seed file manages.
    pub(super) async fn apply_to(&self, subject: &Subject, change: Change) -> Result<(), ServiceError> {
        require_unmanaged(&self.snapshot(), subject)?;
        self.apply(change).await
    }
}
