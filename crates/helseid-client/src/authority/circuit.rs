//! The circuit breaker: after repeated failures the authority is not asked for a while, and then by one request first.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;

use crate::error::Error;

/// The number of failures in a row that opens the circuit.
const FAILURE_THRESHOLD: u32 = 5;

/// How long the circuit stays open at first, and the longest to which each further failure doubles it.
pub(crate) const DEFAULT: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];

/// Closed while the authority answers; open after [`FAILURE_THRESHOLD`] failures in a row.
#[derive(Debug)]
pub(super) struct Circuit {
    first: Duration,
    longest: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    failing_since: Option<Timestamp>,
    /// No request is sent before then.
    open_until: Option<Timestamp>,
}

/// The circuit is open: nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CircuitOpen {
    /// For how long.
    pub(super) seconds: u64,
}

impl Circuit {
    /// Open for `first`, and at most for `longest`.
    pub(super) fn new([first, longest]: [Duration; 2]) -> Self {
        Self { first, longest: longest.max(first), state: Mutex::default() }
    }

    /// Since when there have been only failures.
    pub(super) fn failing_since(&self) -> Option<Timestamp> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failing_since
    }

    /// Whether a request may be sent, without sending one: of an open circuit whose time is over, yes.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), CircuitOpen> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed(self.longest, now)
    }

    /// Allows a request to be sent. When an open circuit's time is over, the first caller probes the authority, and the others
    /// keep waiting.
    pub(super) fn admit(&self, now: Timestamp) -> Result<(), CircuitOpen> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed(self.longest, now)?;
        if state.open_until.is_some() {
            state.open_until = Some(now.plus(self.open_for(state.failures)));
        }
        Ok(())
    }

    /// Records an outcome, and returns for how long there have been only failures.
    pub(super) fn record<T>(&self, outcome: &Result<T, Error>, now: Timestamp) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Err(error) if error.is_transient() => {
                state.failures = state.failures.saturating_add(1);
                // After a clock was put back, the failures begin now.
                let since = state.failing_since.map_or(now, |since| since.min(now));
                state.failing_since = Some(since);
                if state.failures >= FAILURE_THRESHOLD {
                    state.open_until = Some(now.plus(self.open_for(state.failures)));
                }
                now.since(since)
            }
            // Nothing reached the authority, so nothing is known of it.
            Err(error) if error.is_unsent() => {
                state.failing_since.map_or(Duration::ZERO, |since| now.since(since))
            }
            // A refusal shows that the authority works.
            _ => {
                *state = State::default();
                Duration::ZERO
            }
        }
    }

    fn open_for(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(FAILURE_THRESHOLD);
        self.first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest)
    }
}

impl State {
    /// Whether no time is left for which the circuit is open.
    fn closed(&self, longest: Duration, now: Timestamp) -> Result<(), CircuitOpen> {
        // An end that lies farther ahead was set by a clock that was put back since.
        match self.open_until.filter(|end| end.is_pending(longest, now)) {
            Some(end) => Err(CircuitOpen { seconds: end.since(now).as_secs() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Inner, SignError};

    fn failure() -> Result<(), Error> {
        Err(Inner::Signer(SignError::transient("away")).into())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds)
    }

    #[test]
    fn the_circuit_of_an_authority_that_keeps_failing_stays_open_longer_and_longer() {
        let circuit = Circuit::new(DEFAULT);
        for n in 0..5 {
            assert_eq!(circuit.admit(at(n)), Ok(()));
            circuit.record(&failure(), at(n));
        }
        assert_eq!(circuit.admit(at(5)), Err(CircuitOpen { seconds: 4 }));
        // One request probes the authority; the others wait.
        assert_eq!(circuit.admit(at(9)), Ok(()));
        assert!(circuit.admit(at(9)).is_err());
        assert_eq!(circuit.record(&failure(), at(9)), Duration::from_secs(9));
        assert!(circuit.admit(at(18)).is_err());
        assert_eq!(circuit.admit(at(19)), Ok(()));
        circuit.record(&Ok(()), at(19));
        assert_eq!([circuit.admit(at(19)), circuit.admit(at(19))], [Ok(()), Ok(())]);
    }

    #[test]
    fn equal_times_probe_the_authority_evenly() {
        let circuit = Circuit::new([Duration::from_secs(4); 2]);
        for n in 0..5 {
            circuit.record(&failure(), at(n));
        }
        for probe in 2..100 {
            let now = 4 * probe;
            assert_eq!((circuit.admit(at(now - 1)).is_err(), circuit.admit(at(now))), (true, Ok(())));
            circuit.record(&failure(), at(now));
        }
        assert_eq!(circuit.failing_since(), Some(at(0)));
        circuit.record(&Ok(()), at(400));
        assert_eq!(circuit.failing_since(), None);
    }

    #[test]
    fn a_clock_that_is_put_back_does_not_keep_the_circuit_open_for_as_long() {
        let circuit = Circuit::new(DEFAULT);
        for _ in 0..5 {
            circuit.record(&failure(), at(3_600));
        }
        assert!(circuit.admit(at(3_600)).is_err());
        assert_eq!(circuit.admit(at(0)), Ok(()));
        assert!(circuit.admit(at(0)).is_err(), "one request probes the authority; the others wait");
    }

    #[test]
    fn what_never_reached_the_authority_does_not_end_its_outage() {
        let circuit = Circuit::new(DEFAULT);
        let unsent: Result<(), Error> = Err(Inner::InvalidRequest { why: "no".into() }.into());
        for n in 0..5 {
            circuit.record(&failure(), at(n));
            circuit.record(&unsent, at(n));
        }
        assert!(circuit.admit(at(5)).is_err());
    }

    #[test]
    fn a_refusal_is_no_outage() {
        let circuit = Circuit::new(DEFAULT);
        let refused: Result<(), Error> = Err(Inner::InvalidRequest { why: "no".into() }.into());
        assert!((0..100).all(|n| circuit.record(&refused, at(n)).is_zero()));
        assert_eq!(circuit.admit(at(100)), Ok(()));
    }
}
