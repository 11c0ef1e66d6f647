//! How long a session lives.

use std::time::Duration;

use helseid_protocol::time::{TOLERANCE, Timestamp};

/// How long a session lives: 8 h, and 1 h without use, unless said otherwise.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use std::time::Duration;
/// use helseid_login::session::{SessionLifetimes, Sessions};
///
/// // A shared machine of a ward: a shift at most, and ten minutes without use.
/// let hours = |hours: u64| Duration::from_secs(hours * 3600);
/// let lifetimes = SessionLifetimes::default().absolute(hours(8)).idle(Duration::from_secs(600));
/// let sessions = Sessions::in_memory(login).lifetimes(lifetimes);
/// # drop(sessions);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SessionLifetimes {
    pub(super) absolute: Duration,
    pub(super) idle: Duration,
}

/// A use is noted when the last one is so long ago, or a twentieth of what a session may be idle.
const NOTED_AFTER: Duration = Duration::from_secs(60);

impl Default for SessionLifetimes {
    fn default() -> Self {
        Self { absolute: Duration::from_secs(8 * 3600), idle: Duration::from_secs(3600) }
    }
}

impl SessionLifetimes {
    /// How long a session lives at most, whatever happens.
    #[must_use]
    pub const fn absolute(mut self, absolute: Duration) -> Self {
        self.absolute = absolute;
        self
    }

    /// How long it lives without being used. Uses are noted once a minute, so that it may end a minute earlier.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Whether a session with these times has ended. What lies in the future, beyond the tolerance between clocks, was written
    /// before a clock went back, and nobody knows how old it is.
    pub(super) fn have_passed(&self, times: Times, now: Timestamp) -> bool {
        let latest = now.plus(TOLERANCE);
        let Times { began, used, ends } = times;
        now >= ends || now >= used.plus(self.idle) || began > latest || used > latest
    }

    /// Whether a use must be noted now.
    pub(super) fn is_due(&self, used: Timestamp, now: Timestamp) -> bool {
        now.since(used) >= NOTED_AFTER.min(self.idle / 20)
    }
}

/// The times of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) began: Timestamp,
    pub(super) used: Timestamp,
    pub(super) ends: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_each_of_its_times() {
        let at = Timestamp::from_seconds;
        let lifetimes = SessionLifetimes::default();
        let times = Times { began: at(0), used: at(3_000), ends: at(6_000) };
        for (now, passed) in [(3_000, false), (5_999, false), (6_000, true), (2_990, false), (2_989, true)] {
            assert_eq!(lifetimes.have_passed(times, at(now)), passed, "{now}");
        }
        let idle = Times { ends: at(60_000), ..times };
        assert!(!lifetimes.have_passed(idle, at(6_599)));
        assert!(lifetimes.have_passed(idle, at(6_600)));
        let of_the_future = Times { began: at(20_000), used: at(20_000), ends: at(60_000) };
        assert!(lifetimes.have_passed(of_the_future, at(19_000)));
        assert!(lifetimes.is_due(at(0), at(60)) && !lifetimes.is_due(at(0), at(59)));
        assert!(!lifetimes.is_due(at(60), at(0)), "a clock that is behind notes nothing");
        assert!(lifetimes.idle(Duration::from_secs(100)).is_due(at(0), at(5)));
    }
}
