//! What is told of each request: a line for the log and, with the feature `metrics`, a count for each reason.
//!
//! | metric | labels | what |
//! | --- | --- | --- |
//! | `helseid_api_admitted_total` | `scheme`: `DPoP` or `Bearer`; `seen`: whether the token was seen before | requests let in |
//! | `helseid_api_refused_total` | `reason`: a rule's id, or [`Rejection::reason`](crate::Rejection::reason) | requests refused |

use helseid_protocol::resource::Caller;
use helseid_protocol::rule::{Rule, Trail};

use crate::Rejection;

/// Whether a token was found among those seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenWas {
    New,
    Seen,
}

pub(crate) fn admitted(caller: &Caller, token: TokenWas, trail: &Trail) {
    for (rule, facts) in trail.warnings() {
        let (expected, got) = (&*facts.expected, &*facts.got);
        tracing::info!(rule = rule.id(), expected, got, "let pass with a warning");
    }
    tracing::debug!(client_id = caller.claims().client_id().map(|id| id.as_str()), ?token, "let in");
    #[cfg(feature = "metrics")]
    {
        let scheme = caller.token_type().as_str();
        let seen = if token == TokenWas::Seen { "true" } else { "false" };
        metrics::counter!("helseid_api_admitted_total", "scheme" => scheme, "seen" => seen).increment(1);
    }
}

pub(crate) fn refused(rejection: &Rejection) {
    match rejection {
        Rejection::NoCredentials => tracing::debug!("no credentials"),
        // Part of the handshake, and no error.
        Rejection::Fault(fault) if fault.rule() == Rule::DpopNonce => {
            tracing::debug!(rule = fault.rule().id(), "a nonce is asked for");
        }
        Rejection::Fault(fault) => tracing::info!(rule = fault.rule().id(), %fault, "refused"),
        Rejection::Unavailable(why) => tracing::warn!(%why, "refused for now"),
        Rejection::Unprotected => {
            tracing::error!("a handler asks for a caller, and its route has no protection");
        }
    }
    #[cfg(feature = "metrics")]
    metrics::counter!("helseid_api_refused_total", "reason" => rejection.reason()).increment(1);
}
