//! How many lines strangers can make us log.
//!
//! A count of our own rather than a crate's: it goes by the time that it is given, also where that steps back, and says how many
//! lines were left out, which those for rate limits do not count.

use std::sync::{Mutex, PoisonError};

use crate::time::Timestamp;

/// The lines that strangers cause: so many at once, and from then on so many a second. What is left out is counted.
///
/// A line has a bound of its own, since each text of a stranger passes through [`shown`](crate::secret::shown).
///
/// ```
/// use helseid_protocol::{log_budget::LogBudget, time::Timestamp};
/// use std::time::Duration;
///
/// let (budget, now) = (LogBudget::new(2, 1), Timestamp::from_seconds(1_790_000_000));
/// assert_eq!([budget.take(now), budget.take(now), budget.take(now)], [Some(0), Some(0), None]);
/// // The next line that is written tells of the one that was not.
/// assert_eq!(budget.take(now.plus(Duration::from_secs(1))), Some(1));
/// ```
#[derive(Debug)]
pub struct LogBudget {
    at_once: u32,
    per_second: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    lines: u32,
    filled: Timestamp,
    left_out: u64,
}

impl LogBudget {
    /// `at_once` lines, and `per_second` more in each second.
    #[must_use]
    pub const fn new(at_once: u32, per_second: u32) -> Self {
        let state = State { lines: at_once, filled: Timestamp::from_seconds(0), left_out: 0 };
        Self { at_once, per_second, state: Mutex::new(state) }
    }

    /// Whether a line may be written now; if so, how many were left out before it.
    pub fn take(&self, now: Timestamp) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back fills nothing, and goes on from where it is.
        let passed = u32::try_from(now.seconds().saturating_sub(state.filled.seconds()).max(0));
        let more = passed.unwrap_or(u32::MAX).saturating_mul(self.per_second);
        state.lines = state.lines.saturating_add(more).min(self.at_once);
        state.filled = now;
        match state.lines.checked_sub(1) {
            Some(rest) => {
                state.lines = rest;
                Some(std::mem::take(&mut state.left_out))
            }
            None => {
                state.left_out = state.left_out.saturating_add(1);
                None
            }
        }
    }
}

/// Logs a line that a stranger caused: at its level while the budget lasts, with `left_out` if some before it were not, and at
/// `debug` beyond. Takes the budget, the time, the level, and what `tracing` takes.
#[macro_export]
macro_rules! log_within {
    ($budget:expr, $now:expr, $level:ident, $($line:tt)+) => {
        match $budget.take($now) {
            Some(0) => ::tracing::$level!($($line)+),
            Some(left_out) => ::tracing::$level!(left_out, $($line)+),
            None => ::tracing::debug!($($line)+),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_million_lines_are_a_few_and_their_count() {
        let budget = LogBudget::new(20, 2);
        let written = |now| (0..100_000).filter_map(|_| budget.take(now)).collect::<Vec<_>>();
        assert_eq!(written(at(100)), [0; 20]);
        assert_eq!(written(at(101)), [100_000 - 20, 0]);
        assert_eq!(written(at(1_000)).len(), 20);
    }

    #[test]
    fn a_clock_that_steps_gives_no_more_than_the_budget() {
        let budget = LogBudget::new(3, 1);
        let written = |now| (0..10).filter_map(|_| budget.take(now)).count();
        assert_eq!(written(at(100)), 3);
        assert_eq!(
            [written(at(50)), written(at(51)), written(at(i64::MAX)), written(at(i64::MIN))],
            [0, 1, 3, 0]
        );
    }
}
