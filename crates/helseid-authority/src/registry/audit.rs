//! The audit log: read, and kept within its bounds.

use std::sync::Arc;
use std::time::Duration;

use helseid_admin_api::AuditEntry;
use helseid_protocol::time::{Clock, Timestamp};
use tokio::sync::watch;

use super::Registry;
use crate::storage::registry::StoreError;

/// How often the audit log is cut to its bounds.
const TRIM_EVERY: Duration = Duration::from_secs(3_600);

impl Registry {
    /// Drops what is beyond the bounds of the audit log, a batch at a time, so that no change waits for all of it.
    async fn trim_audit(&self, now: Timestamp) -> Result<(), StoreError> {
        while self.unless_away(self.store.trim_audit(now)).await? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The newest entries of the audit log, those before `before` if that is given.
    pub(crate) async fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let read = self.unless_away(self.store.audit(before, limit)).await;
        read.inspect_err(|error| match error {
            // Logged once, by the poll that found out.
            StoreError::Away => {}
            _ => tracing::error!(%error, "the audit log could not be read"),
        })
    }
}

/// Keeps the audit log within its bounds, at once and each hour, until `stop` turns true.
pub(crate) async fn trim(registry: Arc<Registry>, clock: Arc<dyn Clock>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(why) = registry.trim_audit(clock.now()).await {
            tracing::warn!(%why, "the audit log was not trimmed: the next attempt is in an hour");
        }
        tokio::select! {
            () = tokio::time::sleep(TRIM_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
