//! Writes the outcome of a request into the log and the trace.

use helseid_admin_api::TraceOutcome;
use helseid_protocol::log_within;
use helseid_protocol::rule::Fault;
use helseid_protocol::time::Timestamp;

use super::call::{Notes, When};
use super::line::{Answer, Answered, Outcome};
use crate::oauth::state::OAuthState;
use crate::trace::{Recorded, Trace};

/// How a request ended.
pub(crate) struct Ended {
    pub(crate) outcome: TraceOutcome,
    pub(crate) fault: Option<Fault>,
    /// The scopes that were granted.
    pub(crate) scope: Option<String>,
    /// When it came.
    pub(crate) at: Timestamp,
}

/// Keeps what became of a request; returns its outcome, and where a refusal is explained.
pub(super) fn keep<T: Answer>(
    state: &OAuthState,
    answered: Answered<T>,
    when: When,
) -> (Outcome<T>, Option<String>) {
    let Answered { outcome, notes } = answered;
    if let Outcome::Unavailable(why) = &outcome {
        let budgets = &state.limits.log;
        let log = if notes.artifacts.is_authenticated { &budgets.clients } else { &budgets.strangers };
        log_within!(log, state.clock.now(), warn, why, "a request cannot be answered now");
    }
    let scope = match &outcome {
        Outcome::Granted(granted) => granted.scope(),
        _ => None,
    };
    let ended = Ended { outcome: outcome.traced(), fault: outcome.fault().cloned(), scope, at: when.real };
    let error_uri = keep_notes(state, notes, ended);
    (outcome, error_uri)
}

/// Writes the notes about a request into log and trace; returns where a refusal is explained.
pub(crate) fn keep_notes(state: &OAuthState, notes: Notes, ended: Ended) -> Option<String> {
    let Notes { endpoint, artifacts, trail } = notes;
    let Ended { outcome, fault, scope, at } = ended;
    let budgets = &state.limits.log;
    let log = if artifacts.is_authenticated { &budgets.clients } else { &budgets.strangers };
    for (rule, facts) in trail.warnings() {
        let (rule, expected, got) = (rule.id(), &*facts.expected, &*facts.got);
        log_within!(log, at, info, rule, expected, got, "let pass with a warning");
    }
    let id = Trace::new_id(&*state.random);
    let error_uri =
        Some(()).filter(|()| outcome == TraceOutcome::Refused).and_then(|()| state.trace.error_uri(&id));
    match (&fault, outcome) {
        // A part of every client's handshake.
        (Some(fault), TraceOutcome::NonceWanted) => tracing::debug!(%fault, "asked for a nonce"),
        (Some(fault), _) => {
            let (rule, now, trace) = (fault.rule().id(), state.clock.now(), &error_uri);
            log_within!(log, now, info, rule, %fault, trace, "refused");
        }
        (None, _) => {}
    }
    let answer = None;
    state.trace.record(Recorded {
        seq: 0,
        id,
        at,
        endpoint,
        outcome,
        scope,
        answer,
        artifacts,
        trail,
        fault,
    });
    error_uri
}
