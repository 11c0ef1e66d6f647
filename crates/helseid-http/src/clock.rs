//! The system's clock.

use std::time::SystemTime;

use helseid_protocol::time::Timestamp;

/// The time now, by the system's clock. What the products pass where a clock is asked for.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the clock that is passed to everything else")]
pub fn system_clock() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
