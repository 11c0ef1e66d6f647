//! The log of changes.

use helseid_admin_api::{AuditEntry, Page};

use super::error::ServiceError;
use super::registry::RegistryAdmin;

/// The most entries on one page.
const MAX_PAGE: u32 = 500;

impl RegistryAdmin {
    /// The newest entries first, those before `before` if that is given.
    pub(crate) async fn audit(
        &self,
        before: Option<i64>,
        limit: Option<u32>,
    ) -> Result<Page<AuditEntry>, ServiceError> {
        let limit = limit.unwrap_or(100).clamp(1, MAX_PAGE);
        let items = self.registry.audit(before, limit).await?;
        let full = items.len() == usize::try_from(limit).unwrap_or(usize::MAX);
        let next = items.last().filter(|_| full).map(|last| last.seq.to_string());
        Ok(Page { items, next })
    }
}
