//! What may follow the paths of lists and of the trace. Other parameters are refused.

use serde::{Deserialize, Serialize};

use crate::trace_outcome::TraceOutcome;

/// Which page of the clients.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientsQuery {
    /// `next` of the page before.
    pub after: Option<String>,
    /// The most clients of the page: 100 by default, at most 500.
    pub limit: Option<usize>,
}

/// Which page of the log of changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuditQuery {
    /// `next` of the page before.
    pub before: Option<i64>,
    /// The most changes of the page: 100 by default, at most 500.
    pub limit: Option<u32>,
}

/// Which requests, and which page of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceQuery {
    /// Only requests of this client.
    pub client: Option<String>,
    /// Only requests of this login.
    pub login: Option<String>,
    /// Only requests with this outcome.
    pub outcome: Option<TraceOutcome>,
    /// Only requests that came after the one with this `seq`.
    pub after: Option<u64>,
    /// `next` of the page before: only requests that came before the one with this `seq`.
    pub before: Option<u64>,
    /// The most requests of the page: 100 by default, at most 1,000.
    pub limit: Option<usize>,
}

/// Which requests, as they come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LiveTraceQuery {
    /// Only requests of this client.
    pub client: Option<String>,
    /// Only requests of this login.
    pub login: Option<String>,
    /// Only requests with this outcome.
    pub outcome: Option<TraceOutcome>,
}

/// How much of a request is shown.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceDetailsQuery {
    /// Whether to show the structured claims, which may be about patients.
    pub details: bool,
}
