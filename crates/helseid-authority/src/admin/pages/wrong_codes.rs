//! Wrong codes to sign in: counted, so that the log tells of them without growing with each.
//!
//! They are counted and not held against an address. A code is 128 bits, which nobody guesses; whoever shares an address with
//! the sender of wrong ones, behind a proxy or on one machine, comes in with the right one at any time.

use std::sync::{Mutex, PoisonError};

use helseid_protocol::time::Timestamp;

/// The most wrong codes of a minute that the log tells of, one by one.
const TOLD: u64 = 10;

/// Counts wrong codes by the minute.
#[derive(Debug, Default)]
pub(super) struct WrongCodes(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    minute: i64,
    count: u64,
}

impl WrongCodes {
    /// Counts one. If the log is to tell of it: how many there were before it that the log did not tell of.
    pub(super) fn note(&self, now: Timestamp) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.seconds().div_euclid(60);
        let mut untold = 0;
        if counted.minute != minute {
            untold = counted.count.saturating_sub(TOLD);
            *counted = Counted { minute, count: 0 };
        }
        counted.count = counted.count.saturating_add(1);
        (counted.count <= TOLD).then_some(untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_of_a_minute_are_told_and_the_rest_is_counted() {
        let (codes, at) = (WrongCodes::default(), Timestamp::from_seconds);
        let told =
            |second: i64, count: u64| (0..count).filter_map(|_| codes.note(at(second))).collect::<Vec<_>>();
        assert_eq!(told(0, 1_000_000), vec![0; 10]);
        assert_eq!(told(59, 5), Vec::<u64>::new());
        assert_eq!(told(60, 2), [1_000_000 + 5 - 10, 0]);
        assert_eq!(told(120, 1), [0]);
        // A clock that goes back begins another minute, and hides nothing.
        assert_eq!(told(0, 1), [0]);
    }
}
