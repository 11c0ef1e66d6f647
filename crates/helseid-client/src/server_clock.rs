//! How far the authority's clock is from ours, as the `Date` of its answers tells.

use std::sync::atomic::{AtomicI64, Ordering};

use helseid_protocol::time::Timestamp;
use http::HeaderMap;
use http::header::DATE;

/// Nothing is known yet.
const UNKNOWN: i64 = i64::MIN;

/// From here on assertions and proofs are in danger: half of HelseID's tolerance.
const WORTH_A_WARNING: u64 = 5;

/// The offset of the last answer.
#[derive(Debug)]
pub(crate) struct ServerClock(AtomicI64);

impl Default for ServerClock {
    fn default() -> Self {
        Self(AtomicI64::new(UNKNOWN))
    }
}

impl ServerClock {
    /// Learns from an answer that came at `now`. A `Date` is of whole seconds, and was written a moment before.
    pub(crate) fn learn(&self, headers: &HeaderMap, now: Timestamp) {
        let Some(date) = headers.get(DATE).and_then(|value| value.to_str().ok()) else { return };
        let Ok(date) = httpdate::parse_http_date(date) else { return };
        let offset = Timestamp::from(date).seconds().saturating_sub(now.seconds());
        let before = self.0.swap(offset, Ordering::Relaxed);
        crate::telemetry::clock_offset(offset);
        if offset.unsigned_abs() >= WORTH_A_WARNING && before.abs_diff(offset) > 1 {
            tracing::warn!(
                offset_seconds = offset,
                "the authority's clock differs from this machine's: set the clock, or its assertions will be refused"
            );
        }
    }

    /// By how many seconds the authority's clock is ahead, if that is known.
    pub(crate) fn offset(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_that_of_the_newest_date_and_nonsense_teaches_nothing() {
        let clock = ServerClock::default();
        let learn = |date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, date.parse().unwrap());
            clock.learn(&headers, Timestamp::from_seconds(1_790_000_000));
            clock.offset()
        };
        assert_eq!(learn("yesterday"), None);
        assert_eq!(learn("Mon, 21 Sep 2026 14:18:20 GMT"), Some(300));
        assert_eq!(learn("Mon, 21 Sep 2026 14:08:20 GMT"), Some(-300));
        assert_eq!(learn("yesterday"), Some(-300));
    }
}
