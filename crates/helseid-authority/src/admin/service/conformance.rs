//! Conformance sessions: opened, reported, ended.

use std::sync::Arc;

use helseid_admin_api::{ConformanceReport, NewConformance};

use super::error::ServiceError;
use crate::conformance::{NotOpened, Sessions};
use crate::registry::Registry;

/// Conformance, for whoever administers it.
pub(crate) struct ConformanceAdmin {
    sessions: Arc<Sessions>,
    registry: Arc<Registry>,
}

impl ConformanceAdmin {
    pub(crate) const fn new(sessions: Arc<Sessions>, registry: Arc<Registry>) -> Self {
        Self { sessions, registry }
    }

    pub(crate) fn list(&self) -> Vec<ConformanceReport> {
        self.sessions.all().iter().map(|session| session.report()).collect()
    }

    pub(crate) async fn open(&self, asked: NewConformance) -> Result<ConformanceReport, ServiceError> {
        if let Some(audience) = &asked.api.audience
            && !self.registry.now().apis.contains_key(audience)
        {
            let why = format_args!("there is no API {audience}");
            return Err(ServiceError::invalid("no session can be opened", why, "register the API first"));
        }
        match self.sessions.open(asked).await {
            Ok(session) => Ok(session.report()),
            Err(NotOpened::Api { why, next }) => {
                Err(ServiceError::invalid("no session can be opened", why, next))
            }
            Err(NotOpened::Name(why)) => {
                Err(ServiceError::invalid("no session can be opened", why, "correct the issuer"))
            }
            Err(NotOpened::Storage(why)) => Err(why.into()),
        }
    }

    pub(crate) fn report(&self, id: &str) -> Result<ConformanceReport, ServiceError> {
        self.sessions
            .find(id)
            .map(|session| session.report())
            .ok_or_else(|| ServiceError::unknown("session", id))
    }

    pub(crate) fn end(&self, id: &str) -> Result<(), ServiceError> {
        if self.sessions.end(id) { Ok(()) } else { Err(ServiceError::unknown("session", id)) }
    }
}
