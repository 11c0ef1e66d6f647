//! Removes what has expired.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::time::Clock;
use tokio::sync::watch;

use super::SessionStore;
use crate::storage::registry::StoreError;

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(3600);

/// Removes sessions and families that have expired, at once and each hour, until `stop` turns true.
pub(crate) async fn trim(
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        match all(&*store, &*clock).await {
            // Told by whoever needs the store.
            Ok(()) | Err(StoreError::Away) => {}
            Err(why) => {
                tracing::warn!(%why, "sessions that have expired were not removed: it is tried again in an hour")
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn all(store: &dyn SessionStore, clock: &dyn Clock) -> Result<(), StoreError> {
    while store.trim_sessions(clock.now()).await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}
