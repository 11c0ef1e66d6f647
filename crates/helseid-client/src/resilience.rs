//! What is done when the authority fails: tried again a little later, and left in peace if it stays away.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;

use crate::Error;

/// How token requests are repeated. Only after faults that may pass by themselves:
///
/// | what happened | repeated |
/// | --- | --- |
/// | no connection, a broken one, no answer in time | yes |
/// | 500 to 599, 429 | yes, after `Retry-After` if the answer has it, at most 5 s |
/// | an external signer that says so | yes |
/// | any other error of the authority (`invalid_client`, `invalid_scope` ...) | no |
/// | an answer that the protocol does not allow | no |
/// | a certificate that is not trusted | no |
/// | a call of an API | never: only its sender knows whether it may happen twice |
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    retries: u32,
    pause: Duration,
}

/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_secs(5);

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 2, pause: Duration::from_millis(200) }
    }
}

impl RetryPolicy {
    /// So many repetitions, with a first pause of this length that doubles each time. Twice after 200 ms unless set.
    #[must_use]
    pub const fn new(retries: u32, pause: Duration) -> Self {
        Self { retries, pause }
    }

    /// How long to wait before the repetition after try number `tries`; nothing if there is none. `jitter` from 0 to 255
    /// spreads those who failed together over the second half of the pause.
    pub(crate) fn wait(self, tries: u32, asked: Option<Duration>, jitter: u8) -> Option<Duration> {
        if tries > self.retries {
            return None;
        }
        let whole = self.pause.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(MAX_PAUSE);
        let own = whole / 2 + (whole / 2 / 255) * u32::from(jitter);
        Some(asked.map_or(own, |asked| asked.min(MAX_PAUSE).max(own)))
    }
}

/// Failures in a row before the authority is left in peace.
const PATIENCE: u32 = 5;

/// How long it is left in peace first; it doubles with each failure after that.
const PEACE: Duration = Duration::from_secs(5);

/// The longest that it is left in peace.
const MAX_PEACE: Duration = Duration::from_secs(60);

/// Stops asking an authority that is away, and lets one request through now and then to see.
#[derive(Debug, Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    since: Option<Timestamp>,
    /// Nobody asks before then.
    closed_until: Option<Timestamp>,
}

/// The authority is left in peace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeftInPeace {
    pub(crate) seconds: u64,
}

impl Circuit {
    /// The right to ask. Whoever gets it while the authority is away is the only one for a while.
    pub(crate) fn ask(&self, now: Timestamp) -> Result<(), LeftInPeace> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.closed_until {
            // An end that lies farther ahead was set by a clock that went back since.
            Some(end) if end.is_pending(MAX_PEACE, now) => {
                Err(LeftInPeace { seconds: end.since(now).as_secs() })
            }
            Some(_) => {
                state.closed_until = Some(now.plus(peace(state.failures)));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Learns from an outcome; tells for how long there were failures alone.
    pub(crate) fn learn<T>(&self, outcome: &Result<T, Error>, now: Timestamp) -> Duration {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Err(error) if error.is_transient() => {
                state.failures = state.failures.saturating_add(1);
                // By a clock that went back, the failures begin now.
                let since = state.since.map_or(now, |since| since.min(now));
                state.since = Some(since);
                if state.failures >= PATIENCE {
                    state.closed_until = Some(now.plus(peace(state.failures)));
                }
                now.since(since)
            }
            // An answer is an answer, also a refusal.
            _ => {
                *state = State::default();
                Duration::ZERO
            }
        }
    }
}

fn peace(failures: u32) -> Duration {
    PEACE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(PATIENCE))).min(MAX_PEACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Inner;
    use crate::resilience::LeftInPeace;

    fn away() -> Result<(), Error> {
        Err(Inner::Signer(crate::SignError::transient("away")).into())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds)
    }

    #[test]
    fn pauses_double_and_spread_and_end() {
        let policy = RetryPolicy::new(3, Duration::from_millis(200));
        let waits: Vec<_> = (1..=4).map(|tries| policy.wait(tries, None, 0)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(waits, [ms(100), ms(200), ms(400), None]);
        assert!(policy.wait(1, None, 255) > ms(199) && policy.wait(1, None, 255) <= ms(200));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(2)), 0), Some(Duration::from_secs(2)));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(3_600)), 0), Some(MAX_PAUSE));
    }

    #[test]
    fn an_authority_that_stays_away_is_left_in_peace_for_longer_and_longer() {
        let circuit = Circuit::default();
        for n in 0..5 {
            assert_eq!(circuit.ask(at(n)), Ok(()));
            circuit.learn(&away(), at(n));
        }
        assert_eq!(circuit.ask(at(5)), Err(LeftInPeace { seconds: 4 }));
        // One looks whether it is back; the others wait.
        assert_eq!(circuit.ask(at(9)), Ok(()));
        assert!(circuit.ask(at(9)).is_err());
        assert_eq!(circuit.learn(&away(), at(9)), Duration::from_secs(9));
        assert!(circuit.ask(at(18)).is_err());
        assert_eq!(circuit.ask(at(19)), Ok(()));
        circuit.learn(&Ok(()), at(19));
        assert_eq!([circuit.ask(at(19)), circuit.ask(at(19))], [Ok(()), Ok(())]);
    }

    #[test]
    fn a_clock_that_goes_back_does_not_leave_the_authority_in_peace_for_as_long() {
        let circuit = Circuit::default();
        for _ in 0..5 {
            circuit.learn(&away(), at(3_600));
        }
        assert!(circuit.ask(at(3_600)).is_err());
        assert_eq!(circuit.ask(at(0)), Ok(()));
        assert!(circuit.ask(at(0)).is_err(), "one looks whether it is back; the others wait");
    }

    #[test]
    fn a_refusal_is_no_outage() {
        let circuit = Circuit::default();
        let refused: Result<(), Error> = Err(Inner::InvalidRequest { why: "no".into() }.into());
        assert!((0..100).all(|n| circuit.learn(&refused, at(n)).is_zero()));
        assert_eq!(circuit.ask(at(100)), Ok(()));
    }
}
