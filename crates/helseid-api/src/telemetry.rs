//! What is told of each request: a line for the log and, with the feature `metrics`, a count for each reason.
//!
//! | metric | labels | what |
//! | --- | --- | --- |
//! | `helseid_api_admitted_total` | `scheme`: `DPoP` or `Bearer`; `seen`: whether the token was seen before | requests let in |
//! | `helseid_api_refused_total` | `reason`: a rule's id, or [`Rejection::reason`](crate::Rejection::reason) | requests refused |

use std::sync::Once;

use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::resource::Caller;
use helseid_protocol::rule::{Rule, Trail};

use crate::Rejection;
use crate::verifier::Verifier;

/// Whether a token was found among those seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenWas {
    New,
    Seen,
}

pub(crate) fn admitted(verifier: &Verifier, (caller, token): (&Caller, TokenWas), trail: &Trail) {
    for (rule, facts) in trail.warnings() {
        let (expected, got) = (&*facts.expected, &*facts.got);
        let (log, now, rule) = (&verifier.log, verifier.clock.now(), rule.id());
        log_within!(log, now, info, rule, expected, got, "let pass with a warning");
    }
    tracing::debug!(client_id = caller.claims().client_id().map(|id| id.as_str()), ?token, "let in");
    #[cfg(feature = "metrics")]
    {
        let scheme = caller.token_type().as_str();
        let seen = if token == TokenWas::Seen { "true" } else { "false" };
        metrics::counter!("helseid_api_admitted_total", "scheme" => scheme, "seen" => seen).increment(1);
    }
}

/// The lines about refusals, which strangers cause: some at once, some a second, and the rest at `debug`.
pub(crate) const fn log_budget() -> LogBudget {
    LogBudget::new(50, 5)
}

pub(crate) fn refused(verifier: &Verifier, rejection: &Rejection) {
    let (log, now) = (&verifier.log, verifier.clock.now());
    match rejection {
        Rejection::NoCredentials => tracing::debug!("no credentials"),
        // Part of the handshake, and no error.
        Rejection::Fault(fault) if fault.rule() == Rule::DpopNonce => {
            tracing::debug!(rule = fault.rule().id(), "a nonce is asked for");
        }
        Rejection::Fault(fault) => {
            log_within!(log, now, info, rule = fault.rule().id(), %fault, "refused");
        }
        Rejection::Unavailable(why) => log_within!(log, now, warn, %why, "refused for now"),
        Rejection::Unprotected => {}
    }
    count_refused(rejection);
}

/// Each such request has the same reason, which is in the program: it is told once.
pub(crate) fn unprotected() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| tracing::error!("a handler asks for a caller, and its route has no protection"));
    count_refused(&Rejection::Unprotected);
}

#[cfg(feature = "metrics")]
fn count_refused(rejection: &Rejection) {
    metrics::counter!("helseid_api_refused_total", "reason" => rejection.reason()).increment(1);
}

#[cfg(not(feature = "metrics"))]
const fn count_refused(_: &Rejection) {}
