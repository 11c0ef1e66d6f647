//! Conformance sessions: opened, reported, ended.

use std::sync::Arc;

use helseid_admin_api::ConformanceReport;
use helseid_protocol::id::InvalidIssuer;
use helseid_protocol::rule::Profile;

use super::error::ServiceError;

/// The sessions, and how one is opened.
pub(crate) trait ConformanceSessions: Send + Sync {
    /// Opens a session that holds all clients to one profile, the authority's own unless one is given.
    fn open(&self, profile: Option<Profile>) -> Result<ConformanceReport, InvalidIssuer>;

    /// What the session of this id has seen so far.
    fn report(&self, id: &str) -> Option<ConformanceReport>;

    /// The reports of all sessions, the newest first.
    fn reports(&self) -> Vec<ConformanceReport>;

    /// Ends a session; tells whether there was one.
    fn end(&self, id: &str) -> bool;
}

/// Conformance, for whoever administers it.
pub(crate) struct ConformanceAdmin(Arc<dyn ConformanceSessions>);

impl ConformanceAdmin {
    pub(crate) fn new(sessions: Arc<dyn ConformanceSessions>) -> Self {
        Self(sessions)
    }

    pub(crate) fn list(&self) -> Vec<ConformanceReport> {
        self.0.reports()
    }

    pub(crate) fn open(&self, profile: Option<Profile>) -> Result<ConformanceReport, ServiceError> {
        let wrong = |why| ServiceError::invalid("no session can be opened", why, "correct the issuer");
        self.0.open(profile).map_err(wrong)
    }

    pub(crate) fn report(&self, id: &str) -> Result<ConformanceReport, ServiceError> {
        self.0.report(id).ok_or_else(|| ServiceError::unknown("session", id))
    }

    pub(crate) fn end(&self, id: &str) -> Result<(), ServiceError> {
        if self.0.end(id) { Ok(()) } else { Err(ServiceError::unknown("session", id)) }
    }
}
