//! A clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::time::{Clock, Timestamp};

/// A clock that stands still until a test moves it. All clones are the same clock.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that shows a day in September 2026.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Timestamp::from_seconds(1_790_000_000))
    }

    /// A clock that shows this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.seconds())))
    }

    /// Moves it forward, in whole seconds.
    pub fn forward(&self, time: Duration) {
        self.0.fetch_add(seconds(time), Ordering::SeqCst);
    }

    /// Moves it back, in whole seconds.
    pub fn back(&self, time: Duration) {
        self.0.fetch_sub(seconds(time), Ordering::SeqCst);
    }
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}
