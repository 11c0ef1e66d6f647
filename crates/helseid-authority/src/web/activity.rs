//! What a connection is doing.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long a connection without a request may last while places are scarce.
const IDLE_WHEN_SCARCE: Duration = Duration::from_secs(5);

/// Whether a connection has a request, and since when it has none.
#[derive(Debug)]
pub(super) struct Activity(Mutex<Doing>);

#[derive(Debug)]
struct Doing {
    requests: usize,
    since: Instant,
    unread: bool,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Doing { requests: 0, since: Instant::now(), unread: false })))
    }

    /// The peer took a part of an answer.
    pub(super) fn progressed(&self) {
        self.doing().since = Instant::now();
    }

    /// The peer takes nothing.
    pub(super) fn is_unread(&self) {
        self.doing().unread = true;
    }

    /// Whether it ended because the peer took nothing.
    pub(super) fn ended_unread(&self) -> bool {
        self.doing().unread
    }

    fn idle_since(&self) -> Option<Instant> {
        let doing = self.doing();
        (doing.requests == 0).then_some(doing.since)
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until others want the place of this connection, which has no request.
    pub(super) async fn overstayed(&self, mut scarce: watch::Receiver<bool>) {
        loop {
            if scarce.wait_for(|scarce| *scarce).await.is_err() {
                return pending().await;
            }
            let since = self.idle_since().unwrap_or_else(Instant::now);
            tokio::time::sleep_until(since + IDLE_WHEN_SCARCE).await;
            let is_idle = self.idle_since().is_some_and(|since| since.elapsed() >= IDLE_WHEN_SCARCE);
            if is_idle && *scarce.borrow() {
                return;
            }
        }
    }
}

/// A request that has no whole answer yet.
pub(super) struct UnderWay(Arc<Activity>);

impl UnderWay {
    pub(super) fn new(activity: &Arc<Activity>) -> Self {
        activity.doing().requests += 1;
        Self(activity.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut doing = self.0.doing();
        doing.requests = doing.requests.saturating_sub(1);
        doing.since = Instant::now();
    }
}
