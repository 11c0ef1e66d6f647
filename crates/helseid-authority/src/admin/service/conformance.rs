//! Conformance sessions: opened, reported, ended.

use std::sync::Arc;

use helseid_admin_api::ConformanceReport;
use helseid_protocol::rule::Profile;

use super::error::ServiceError;
use crate::conformance::{NotOpened, Sessions};

/// Conformance, for whoever administers it.
pub(crate) struct ConformanceAdmin(Arc<Sessions>);

impl ConformanceAdmin {
    pub(crate) const fn new(sessions: Arc<Sessions>) -> Self {
        Self(sessions)
    }

    pub(crate) fn list(&self) -> Vec<ConformanceReport> {
        self.0.all().iter().map(|session| session.report()).collect()
    }

    pub(crate) async fn open(&self, profile: Option<Profile>) -> Result<ConformanceReport, ServiceError> {
        match self.0.open(profile).await {
            Ok(session) => Ok(session.report()),
            Err(NotOpened::Name(why)) => {
                Err(ServiceError::invalid("no session can be opened", why, "correct the issuer"))
            }
            Err(NotOpened::Storage(why)) => Err(why.into()),
        }
    }

    pub(crate) fn report(&self, id: &str) -> Result<ConformanceReport, ServiceError> {
        self.0.find(id).map(|session| session.report()).ok_or_else(|| ServiceError::unknown("session", id))
    }

    pub(crate) fn end(&self, id: &str) -> Result<(), ServiceError> {
        if self.0.end(id) { Ok(()) } else { Err(ServiceError::unknown("session", id)) }
    }
}
