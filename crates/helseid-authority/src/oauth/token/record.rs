//! Writes the outcome of a token request into the log and the trace.

use helseid_protocol::log_within;

use super::call::When;
use super::line::{Answered, Outcome};
use crate::oauth::state::OAuthState;
use crate::trace::{Recorded, Trace};

/// Keeps what became of a request; returns its outcome, and where a refusal is explained.
pub(super) fn keep(state: &OAuthState, answered: Answered, when: When) -> (Outcome, Option<String>) {
    let Answered { outcome, trail, artifacts } = answered;
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
            log_within!(log, state.clock.now(), warn, why, "no token can be given now");
        }
    }
    let scope = match &outcome {
        Outcome::Granted(granted) => granted.scope.as_ref().map(ToString::to_string),
        _ => None,
    };
    let (kind, fault) = (outcome.traced(), outcome.fault().cloned());
    let at = when.real;
    state.trace.record(Recorded { seq: 0, id, at, outcome: kind, scope, artifacts, trail, fault });
    (outcome, error_uri)
}
