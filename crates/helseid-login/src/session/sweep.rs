//! What has ended makes room for what begins.

use std::sync::atomic::Ordering;
use std::time::Duration;

use helseid_protocol::time::Timestamp;

use super::Sessions;
use crate::store::{Inserted, NewRow, Replaces, StoreError};

/// How often what has ended is removed, by a login.
const SWEPT_EVERY: Duration = Duration::from_secs(600);

/// So many steps of a sweep are made at once.
const SWEEPS: usize = 20;

impl Sessions {
    /// Puts the row of a login. Where there is no room, what has ended is removed first: also sessions that are idle, of which the
    /// store itself does not know.
    pub(super) async fn inserted(
        &self,
        row: &NewRow,
        replaces: Replaces<'_>,
        now: Timestamp,
    ) -> Result<Inserted, StoreError> {
        self.sweep_at_times(now);
        match self.0.store.insert(row, replaces, now).await {
            Err(StoreError::Full) => {
                self.sweep(now).await?;
                self.0.store.insert(row, replaces, now).await
            }
            outcome => outcome,
        }
    }

    /// Removes what has ended, now and then, beside the login that happens to come then.
    fn sweep_at_times(&self, now: Timestamp) {
        let last = self.0.swept.load(Ordering::Relaxed);
        let is_pending = Timestamp::from_seconds(last).plus(SWEPT_EVERY).is_pending(SWEPT_EVERY, now);
        let is_ours = |last| {
            let (own, order) = (now.seconds(), Ordering::Relaxed);
            self.0.swept.compare_exchange(last, own, order, order).is_ok()
        };
        if is_pending || !is_ours(last) {
            return;
        }
        let sessions = self.clone();
        tokio::spawn(async move {
            if let Err(why) = sessions.sweep(now).await {
                tracing::warn!(%why, "sessions that have ended were not removed: it is tried again in ten minutes");
            }
        });
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let idle_since = now.minus(self.0.lifetimes.idle);
        for _ in 0..SWEEPS {
            if !self.0.store.sweep(idle_since, now).await? {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
