//! Writes the outcome of a request into the log and the trace.

use helseid_protocol::log_within;

use super::call::{Notes, When};
use super::line::{Answer, Answered, Outcome};
use crate::oauth::state::OAuthState;
use crate::trace::{Recorded, Trace};

/// Keeps what became of a request; returns its outcome, and where a refusal is explained.
pub(super) fn keep<T: Answer>(
    state: &OAuthState,
    answered: Answered<T>,
    when: When,
) -> (Outcome<T>, Option<String>) {
    let Answered { outcome, notes: Notes { endpoint, artifacts, trail } } = answered;
    let budgets = &state.limits.log;
    let log = if artifacts.is_authenticated { &budgets.clients } else { &budgets.strangers };
    for (rule, facts) in trail.warnings() {
        let (rule, expected, got) = (rule.id(), &*facts.expected, &*facts.got);
        log_within!(log, when.real, info, rule, expected, got, "let pass with a warning");
    }
    let id = Trace::new_id(&*state.random);
    let error_uri = match &outcome {
        Outcome::Refused(_) => state.trace.error_uri(&id),
        _ => None,
    };
    match &outcome {
        Outcome::Granted(_) | Outcome::TooMany => {}
        // A part of every client's handshake.
        Outcome::NonceWanted(fault, _) => tracing::debug!(%fault, "asked for a nonce"),
        Outcome::Refused(fault) => {
            let (rule, now, trace) = (fault.rule().id(), state.clock.now(), &error_uri);
            log_within!(log, now, info, rule, %fault, trace, "refused");
        }
        Outcome::Unavailable(why) => {
            log_within!(log, state.clock.now(), warn, why, "a request cannot be answered now");
        }
    }
    let scope = match &outcome {
        Outcome::Granted(granted) => granted.scope(),
        _ => None,
    };
    let (kind, fault) = (outcome.traced(), outcome.fault().cloned());
    let at = when.real;
    state.trace.record(Recorded { seq: 0, id, at, endpoint, outcome: kind, scope, artifacts, trail, fault });
    (outcome, error_uri)
}
