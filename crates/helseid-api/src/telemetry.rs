//! Logs and counts what becomes of each request: a line in the log and, with the feature `metrics`, a count by reason.
//!
//! | metric | labels | what |
//! | --- | --- | --- |
//! | `helseid_api_admitted_total` | `scheme`: `DPoP` or `Bearer`; `seen`: whether the token was in the cache | requests that were admitted |
//! | `helseid_api_refused_total` | `reason`: a rule's id, or [`Rejection::reason`](crate::Rejection::reason) | requests that were refused |

use std::sync::{Arc, Once};

use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::resource::Caller;
use helseid_protocol::rule::{Rule, Trail};
use helseid_protocol::time::Clock;

use crate::rejection::Rejection;

/// Whether a token was in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenWas {
    New,
    Cached,
}

/// What lines about refusals say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogOfRefusals {
    /// The rule, what was expected and what came.
    #[default]
    Full,
    /// The rule by its id: what came may name a person.
    RuleAlone,
}

/// The log of one API.
pub(crate) struct Telemetry {
    clock: Arc<dyn Clock>,
    says: LogOfRefusals,
    /// Strangers cause lines about refusals: some are written at once and some a second, the rest at `debug`.
    budget: LogBudget,
}

impl Telemetry {
    pub(crate) fn new(clock: Arc<dyn Clock>, says: LogOfRefusals) -> Self {
        Self { clock, says, budget: LogBudget::new(50, 5) }
    }

    pub(crate) fn admitted(&self, (caller, token): (&Caller, TokenWas), trail: &Trail) {
        for (rule, facts) in trail.warnings() {
            let (budget, now, rule) = (&self.budget, self.clock.now(), rule.id());
            match self.says {
                LogOfRefusals::Full => {
                    let (expected, got) = (&*facts.expected, &*facts.got);
                    log_within!(budget, now, info, rule, expected, got, "admitted with a warning");
                }
                LogOfRefusals::RuleAlone => log_within!(budget, now, info, rule, "admitted with a warning"),
            }
        }
        tracing::debug!(client_id = caller.claims().client_id().map(|id| id.as_str()), ?token, "admitted");
        #[cfg(feature = "metrics")]
        {
            let scheme = caller.token_type().as_str();
            let seen = if token == TokenWas::Cached { "true" } else { "false" };
            metrics::counter!("helseid_api_admitted_total", "scheme" => scheme, "seen" => seen).increment(1);
        }
    }

    pub(crate) fn refused(&self, rejection: &Rejection) {
        let (budget, now) = (&self.budget, self.clock.now());
        match rejection {
            Rejection::NoCredentials => tracing::debug!("no credentials"),
            // A part of the protocol, and no error.
            Rejection::Fault(fault) if fault.rule() == Rule::DpopNonce => {
                tracing::debug!(rule = fault.rule().id(), "a nonce is required");
            }
            Rejection::Fault(fault) if self.says == LogOfRefusals::RuleAlone => {
                log_within!(budget, now, info, rule = fault.rule().id(), "refused");
            }
            Rejection::Fault(fault) => {
                log_within!(budget, now, info, rule = fault.rule().id(), %fault, "refused");
            }
            Rejection::Unavailable(why) => log_within!(budget, now, warn, %why, "refused for now"),
            Rejection::Unprotected => {}
        }
        count_refused(rejection);
    }
}

/// The reason is in the program and the same for each such request: it is logged once.
pub(crate) fn unprotected() {
    static LOGGED: Once = Once::new();
    LOGGED.call_once(|| tracing::error!("a handler asks for the caller, and its route has no protection"));
    count_refused(&Rejection::Unprotected);
}

#[cfg(feature = "metrics")]
fn count_refused(rejection: &Rejection) {
    metrics::counter!("helseid_api_refused_total", "reason" => rejection.reason()).increment(1);
}

#[cfg(not(feature = "metrics"))]
const fn count_refused(_: &Rejection) {}
