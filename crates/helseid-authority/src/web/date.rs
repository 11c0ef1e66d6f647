//! Dates of HTTP (RFC 9110 section 5.6.7).

use std::time::{Duration, UNIX_EPOCH};

use ::http::HeaderValue;
use helseid_protocol::time::Timestamp;

/// A time as a header has it; none before 1970 or after the year 9999, which this format cannot express.
pub(crate) fn http_date(time: Timestamp) -> Option<HeaderValue> {
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(time.seconds()).ok().filter(|seconds| *seconds <= LAST)?;
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    HeaderValue::from_str(&date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_has_a_date_or_none() {
        let date = |seconds| {
            let date = http_date(Timestamp::from_seconds(seconds))?;
            Some(date.to_str().expect("a date is ASCII").to_owned())
        };
        assert_eq!(date(0).as_deref(), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
        assert_eq!(date(253_402_300_799).as_deref(), Some("Fri, 31 Dec 9999 23:59:59 GMT"));
        for none in [i64::MIN, -1, 253_402_300_800, i64::MAX] {
            assert_eq!(date(none), None, "{none}");
        }
    }
}
