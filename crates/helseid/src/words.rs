//! Times as people say them.

use std::time::Duration;

use helseid_protocol::time::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TEN_MINUTES: i64 = 10 * MINUTE;
const TWO_DAYS: i64 = 2 * DAY;

/// `in 9 min`, `3 h ago`, `now`.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.seconds().saturating_sub(now.seconds());
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", length(seconds)),
        _ => format!("{} ago", length(seconds.saturating_neg())),
    }
}

/// The two largest units of a length in seconds: `9 min`, `1 h 5 min`, `12 days`.
pub(crate) fn length(seconds: i64) -> String {
    let two = |large: i64, large_name: &str, small: i64, small_name: &str| match small {
        0 => format!("{large} {large_name}"),
        small => format!("{large} {large_name} {small} {small_name}"),
    };
    match seconds {
        ..MINUTE => format!("{seconds} s"),
        MINUTE..TEN_MINUTES => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
        TEN_MINUTES..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        DAY..TWO_DAYS => two(1, "day", seconds % DAY / HOUR, "h"),
        TWO_DAYS.. => format!("{} days", seconds / DAY),
    }
}

/// Milliseconds, with a decimal where they are few.
pub(crate) fn milliseconds(took: Duration) -> String {
    let whole = took.as_millis();
    if whole >= 10 { format!("{whole} ms") } else { format!("{}.{} ms", whole, took.as_micros() / 100 % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_their_two_largest_units() {
        let now = Timestamp::from_seconds(1_790_000_000);
        let told = |offset: i64| relative(Timestamp::from_seconds(now.seconds() + offset), now);
        let expected = [
            (0, "now"),
            (9, "in 9 s"),
            (-61, "1 min 1 s ago"),
            (600, "in 10 min"),
            (599, "in 9 min 59 s"),
            (-3_600, "1 h ago"),
            (3_900, "in 1 h 5 min"),
            (90_000, "in 1 day 1 h"),
            (-86_400 * 30, "30 days ago"),
        ];
        for (offset, words) in expected {
            assert_eq!(told(offset), words, "{offset}");
        }
        assert!(relative(Timestamp::from_seconds(i64::MIN), now).ends_with("days ago"));
    }

    #[test]
    fn lengths_are_short() {
        assert_eq!(milliseconds(Duration::from_micros(450)), "0.4 ms");
        assert_eq!(milliseconds(Duration::from_millis(123)), "123 ms");
    }
}
