//! Polls of the store, one at a time, and how long the store is waited for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::storage::registry::StoreError;

/// How long the store is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// As long as it takes: the store is on this machine, and used by this process alone.
    ForIt,
    /// A few seconds. After that the store counts as unavailable until it answers; meanwhile it is polled without a pause.
    Briefly,
}

impl Waits {
    /// The store's answer, or [`StoreError::Away`] if it does not come in time.
    pub(super) async fn within<T>(
        self,
        time: Duration,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self {
            Self::ForIt => answer.await,
            Self::Briefly => tokio::time::timeout(time, answer).await.unwrap_or(Err(StoreError::Away)),
        }
    }
}

/// Polls of the store: one at a time, on behalf of every caller that waits.
#[derive(Default)]
pub(super) struct Polls {
    /// The number of the last poll that succeeded.
    succeeded: Mutex<u64>,
    begun: AtomicU64,
    failed: AtomicU64,
    away: AtomicBool,
}

/// How many polls had begun, and how many had failed, when a caller started to wait.
#[derive(Clone, Copy)]
pub(super) struct Before {
    begun: u64,
    failed: u64,
}

impl Polls {
    /// To be read before [`Polls::once`].
    pub(super) fn before(&self) -> Before {
        Before { begun: self.begun.load(Ordering::SeqCst), failed: self.failed.load(Ordering::SeqCst) }
    }

    /// Polls, unless another caller did so since `before`: then its outcome is this caller's too.
    pub(super) async fn once(
        &self,
        before: Before,
        poll: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let mut succeeded = self.succeeded.lock().await;
        if *succeeded > before.begun {
            return Ok(());
        }
        if self.failed.load(Ordering::SeqCst) > before.failed {
            return Err(StoreError::Away);
        }
        let this = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let polled = poll.await;
        self.set_away(polled.is_err());
        match &polled {
            Ok(()) => *succeeded = this,
            Err(_) => drop(self.failed.fetch_add(1, Ordering::SeqCst)),
        }
        polled
    }

    /// Whether the store did not answer the last poll in time.
    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::SeqCst)
    }

    pub(super) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}
