//! A clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::time::{Clock, Timestamp};

/// A clock that a test moves. It stands still otherwise, unless it goes [over](TestClock::over) another. All clones are the same
/// clock.
///
/// ```
/// use helseid_protocol::forge::TestClock;
/// use helseid_protocol::time::Clock as _;
/// use std::time::Duration;
///
/// let clock = TestClock::new();
/// let given_to_the_program = clock.clone();
/// let before = given_to_the_program.now();
/// clock.forward(Duration::from_secs(600));
/// assert_eq!(given_to_the_program.now().seconds_after(before), 600);
/// ```
#[derive(Clone)]
pub struct TestClock {
    base: Arc<dyn Clock>,
    moved: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that shows a day in September 2026.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Timestamp::from_seconds(1_790_000_000))
    }

    /// A clock that shows this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self::over(move || time)
    }

    /// A clock that goes as another does, such as the system's, as far ahead of it or behind it as the test moves it.
    #[must_use]
    pub fn over(base: impl Clock) -> Self {
        Self { base: Arc::new(base), moved: Arc::default() }
    }

    /// Moves it forward, in whole seconds.
    pub fn forward(&self, time: Duration) {
        self.moved.fetch_add(seconds(time), Ordering::SeqCst);
    }

    /// Moves it back, in whole seconds.
    pub fn back(&self, time: Duration) {
        self.moved.fetch_sub(seconds(time), Ordering::SeqCst);
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
        Timestamp::from_seconds(self.base.now().seconds() + self.moved.load(Ordering::SeqCst))
    }
}

impl std::fmt::Debug for TestClock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "TestClock({})", self.now())
    }
}
