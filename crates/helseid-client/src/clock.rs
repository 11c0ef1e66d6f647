//! The time that requests are signed with, and how far the authority's clock is from this machine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use helseid_protocol::time::{Clock, Timestamp};
use http::HeaderMap;
use http::header::DATE;

use crate::telemetry;

/// The offset before the authority has answered.
const UNKNOWN: i64 = i64::MIN;

/// An offset from which assertions and proofs are likely to be refused soon: half of HelseID's tolerance.
const WARNING_SECONDS: u64 = 5;

/// This machine's clock, and the offset of the authority's clock as its last response told it.
pub(crate) struct SigningClock {
    local: Arc<dyn Clock>,
    offset: AtomicI64,
    follows_server: bool,
}

impl SigningClock {
    /// Signs by `local`, or by the authority's clock once that is known, if `follows_server`.
    pub(crate) fn new(local: Arc<dyn Clock>, follows_server: bool) -> Self {
        Self { local, offset: AtomicI64::new(UNKNOWN), follows_server }
    }

    /// Whether it follows the authority's clock.
    pub(crate) const fn follows_server(&self) -> bool {
        self.follows_server
    }

    /// This machine's clock.
    pub(crate) fn local(&self) -> Arc<dyn Clock> {
        self.local.clone()
    }

    /// The time on this machine.
    pub(crate) fn now(&self) -> Timestamp {
        self.local.now()
    }

    /// The time to write into assertions and proofs.
    pub(crate) fn signing_time(&self) -> Timestamp {
        Timestamp::from_seconds(self.now().seconds().saturating_add(self.followed_offset()))
    }

    /// By how many seconds [`SigningClock::signing_time`] differs from this machine's clock.
    pub(crate) fn followed_offset(&self) -> i64 {
        self.offset().filter(|_| self.follows_server).unwrap_or(0)
    }

    /// By how many seconds the authority's clock is ahead; nothing before it has answered.
    pub(crate) fn offset(&self) -> Option<i64> {
        Some(self.offset.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }

    /// Reads the `Date` of a response that has just arrived. It has whole seconds, and was written a moment before.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        let Some(date) = headers.get(DATE).and_then(|value| value.to_str().ok()) else { return };
        let Ok(date) = httpdate::parse_http_date(date) else { return };
        let offset = Timestamp::from(date).seconds().saturating_sub(self.now().seconds());
        let before = self.offset.swap(offset, Ordering::Relaxed);
        telemetry::clock_offset(offset);
        if offset.unsigned_abs() >= WARNING_SECONDS && before.abs_diff(offset) > 1 {
            tracing::warn!(
                offset_seconds = offset,
                "the authority's clock differs from this machine's: set the clock, or assertions will be refused"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_that_of_the_newest_date_and_nonsense_teaches_nothing() {
        let clock = SigningClock::new(Arc::new(|| Timestamp::from_seconds(1_790_000_000)), false);
        let learn = |date: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, date.parse().unwrap());
            clock.learn(&headers);
            clock.offset()
        };
        assert_eq!(learn("yesterday"), None);
        assert_eq!(learn("Mon, 21 Sep 2026 14:18:20 GMT"), Some(300));
        assert_eq!(learn("Mon, 21 Sep 2026 14:08:20 GMT"), Some(-300));
        assert_eq!(learn("yesterday"), Some(-300));
    }
}
