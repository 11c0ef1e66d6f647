//! Points in time, as the protocol counts them: whole seconds since 1970 (RFC 7519 section 2, NumericDate).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time in whole seconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use helseid_protocol::time::Timestamp;
/// use std::time::Duration;
///
/// let granted = Timestamp::from_seconds(1_790_000_000);
/// let ends = granted.plus(Duration::from_secs(600));
/// assert_eq!(ends.seconds_after(granted), 600);
/// assert_eq!(granted.rfc3339(), "2026-09-21T14:13:20Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// How far two clocks may differ before a time is held to be wrong: 10 s.
pub const TOLERANCE: Duration = Duration::from_secs(10);

impl Timestamp {
    /// The point `seconds` after 1970 began.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970 began.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// This much later; the last possible point if there is none.
    #[must_use]
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(duration.as_secs()))
    }

    /// This much earlier; the first possible point if there is none.
    #[must_use]
    pub const fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(duration.as_secs()))
    }

    /// How many seconds this is after `other`, below zero if it is before; the most that can be told if it is further
    /// away.
    #[must_use]
    pub const fn seconds_after(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }

    /// The whole days from `now` until this, below zero if it is past.
    #[must_use]
    pub const fn days_after(self, now: Self) -> i64 {
        self.seconds_after(now).div_euclid(86_400)
    }

    /// How long after `earlier` this is; nothing if it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0).try_into().unwrap_or(0))
    }

    /// How long after `earlier` this is; none if it is before, as when a clock went back. What is remembered by when it
    /// happened is asked for by this: of what lies ahead nobody knows how old it is.
    #[must_use]
    pub fn checked_since(self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0)?.try_into().ok().map(Duration::from_secs)
    }

    /// Whether this end is yet to come at `now`, and no farther ahead than `longest`. One that is farther ahead was set by a
    /// clock that went back since, and is over.
    #[must_use]
    pub fn is_pending(self, longest: Duration, now: Self) -> bool {
        now < self && self <= now.plus(longest)
    }
}

#[cfg(feature = "format")]
impl Timestamp {
    /// Reads a date as RFC 3339 writes it, in any zone; fractions of a second are cut off.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        use time::format_description::well_known::Rfc3339;
        time::OffsetDateTime::parse(text, &Rfc3339).ok().map(|date| Self(date.unix_timestamp()))
    }

    /// As RFC 3339 writes it, in UTC: `2026-11-24T15:00:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        use time::format_description::well_known::Rfc3339;
        let date = time::OffsetDateTime::from_unix_timestamp(self.0).ok();
        // Years beyond 9999 have no place in RFC 3339.
        date.and_then(|date| date.format(&Rfc3339).ok()).unwrap_or_else(|| format!("{} s", self.0))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
        };
        Self(seconds)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Tells the time. The products pass the system's; tests pass one that they move.
///
/// ```
/// use helseid_protocol::time::{Clock, Timestamp};
///
/// // A function will do, as for a test in which the time is always the same.
/// fn clock() -> impl Clock {
///     || Timestamp::from_seconds(1_790_000_000)
/// }
/// assert_eq!(clock().now().seconds(), 1_790_000_000);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync + 'static> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_at_the_ends_of_their_type_are_told_apart_without_overflow() {
        let (first, last) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let (now, day) = (Timestamp(1_790_000_000), Duration::from_secs(86_400));
        assert_eq!(now.plus(day).days_after(now), 1);
        assert_eq!(now.minus(Duration::from_secs(1)).days_after(now), -1);
        for (one, other, expected) in
            [(first, now, i64::MIN), (last, first, i64::MAX), (first, last, i64::MIN)]
        {
            assert_eq!(one.seconds_after(other), expected);
            assert_eq!(one.days_after(other), expected.div_euclid(86_400));
        }
        assert_eq!((last.plus(day), first.minus(day)), (last, first));
        assert_eq!(
            (first.since(last), last.since(first).as_secs()),
            (Duration::ZERO, i64::MAX.unsigned_abs())
        );
    }
}
