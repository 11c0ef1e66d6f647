//! How much of what strangers can cause is done in one second.

use std::sync::{Mutex, PoisonError};

use helseid_protocol::time::Timestamp;

/// Counts what happens in each second, from zero.
pub(crate) struct Rate {
    per_second: u32,
    /// The second, and what happened in it.
    window: Mutex<(i64, u32)>,
}

impl Rate {
    pub(crate) const fn new(per_second: u32) -> Self {
        Self { per_second, window: Mutex::new((i64::MIN, 0)) }
    }

    /// Whether one more may happen.
    pub(crate) fn take(&self, now: Timestamp) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0 != now.seconds() {
            *window = (now.seconds(), 0);
        }
        window.1 = window.1.saturating_add(1);
        window.1 <= self.per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_has_its_own_count_also_after_a_clock_went_back() {
        let (rate, at) = (Rate::new(2), Timestamp::from_seconds);
        for second in [5, 6, 5] {
            let taken: Vec<_> = (0..3).map(|_| rate.take(at(second))).collect();
            assert_eq!(taken, [true, true, false]);
        }
    }
}
