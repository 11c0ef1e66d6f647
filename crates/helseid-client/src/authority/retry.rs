//! When a request to the authority is sent again.

use std::time::Duration;

/// How often requests to the authority are sent again, and after which pause. Only after failures that may pass:
///
/// | what happened | repeatable request | code or refresh token |
/// | --- | --- | --- |
/// | no connection could be opened | sent again | sent again |
/// | the authority asked for a nonce (`use_dpop_nonce`) | sent again at once, with the nonce | sent again at once, with the nonce |
/// | the connection broke, or no response in time | sent again | not sent again |
/// | status 500 to 599, or 429 | sent again, after `Retry-After` if the response has it, at most 5 s | not sent again |
/// | an external signer reported a transient failure | sent again | sent again |
/// | any other error of the authority (`invalid_client`, `invalid_scope` ...) | not sent again | not sent again |
/// | a response that the protocol does not allow | not sent again | not sent again |
/// | the certificate is not trusted | not sent again | not sent again |
///
/// Requests for tokens with client credentials are repeatable. Calls of an API are never sent again after such a failure: only
/// their sender knows whether they may happen twice.
///
/// ```no_run
/// # fn example(config: helseid_client::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use helseid_client::{Client, RetryPolicy};
///
/// // A job that runs at night and can wait: after 1, 2, 4, 5 and 5 s.
/// let patient = RetryPolicy::new(5, Duration::from_secs(1));
/// let client = Client::builder(config).retry(patient).build()?;
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    retries: u32,
    pause: Duration,
}

/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(5);

impl Default for RetryPolicy {
    /// Two retries, after 200 ms and 400 ms.
    fn default() -> Self {
        Self { retries: 2, pause: Duration::from_millis(200) }
    }
}

impl RetryPolicy {
    /// At most `retries` retries. `pause` is the pause before the first; each further one is twice as long, up to 5 s.
    #[must_use]
    pub const fn new(retries: u32, pause: Duration) -> Self {
        Self { retries, pause }
    }

    /// How long to wait after attempt number `attempt`; nothing if that was the last. The server may have `asked` for a longer
    /// pause. `jitter` spreads clients that failed together over the second half of the pause.
    pub(super) fn wait(self, attempt: u32, asked: Option<Duration>, jitter: u8) -> Option<Duration> {
        if attempt > self.retries {
            return None;
        }
        let whole = self.pause.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(MAX_PAUSE);
        let own = whole / 2 + (whole / 2 / 255) * u32::from(jitter);
        Some(asked.map_or(own, |asked| asked.min(MAX_PAUSE).max(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_spread_and_end() {
        let policy = RetryPolicy::new(3, Duration::from_millis(200));
        let waits: Vec<_> = (1..=4).map(|attempt| policy.wait(attempt, None, 0)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(waits, [ms(100), ms(200), ms(400), None]);
        assert!(policy.wait(1, None, 255) > ms(199) && policy.wait(1, None, 255) <= ms(200));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(2)), 0), Some(Duration::from_secs(2)));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(3_600)), 0), Some(MAX_PAUSE));
    }
}
