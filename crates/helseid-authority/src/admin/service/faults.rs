//! Faults on request, for one client each.

use std::sync::Arc;

use helseid_admin_api::ClientFaults;
use helseid_protocol::id::ClientId;

use super::error::ServiceError;
use crate::faults::{Faults, check};
use crate::registry::Registry;
use crate::registry::registration::Reason;

/// Faults on request, for whoever administers them.
pub(crate) struct FaultAdmin {
    /// None unless the authority was started with them.
    pub(crate) faults: Option<Arc<Faults>>,
    pub(crate) registry: Arc<Registry>,
}

impl FaultAdmin {
    pub(crate) fn get(&self, client: &str) -> Result<ClientFaults, ServiceError> {
        let id = self.client(client)?;
        Ok(self.faults()?.get(&id).unwrap_or_default())
    }

    pub(crate) fn put(&self, client: &str, faults: ClientFaults) -> Result<(), ServiceError> {
        let id = self.client(client)?;
        let wrong = |detail| {
            let next = "leave the member out, or give another value";
            ServiceError::invalid("the faults are invalid", detail, next)
        };
        check(&faults).map_err(wrong)?;
        self.faults()?.put(id, faults);
        Ok(())
    }

    pub(crate) fn remove(&self, client: &str) -> Result<(), ServiceError> {
        let id = self.client(client)?;
        self.faults()?.remove(&id);
        Ok(())
    }

    fn faults(&self) -> Result<&Faults, ServiceError> {
        self.faults.as_deref().ok_or_else(|| {
            let next = "start the authority with --enable-faults";
            ServiceError::new(
                Reason::Conflict,
                "faults are off",
                "the authority was started without them",
                next,
            )
        })
    }

    fn client(&self, id: &str) -> Result<ClientId, ServiceError> {
        let known = ClientId::parse(id).ok().filter(|id| self.registry.client(id).is_some());
        known.ok_or_else(|| ServiceError::unknown("client", id))
    }
}
