//! What may follow the paths of lists and of the trace. Other parameters are refused.

use serde::{Deserialize, Serialize};

use crate::trace_outcome::TraceOutcome;

/// Which page of the clients.
///
/// ```
/// use helseid_admin_api::{ClientsQuery, Page, operation};
///
/// let page: Page<serde_json::Value> = serde_json::from_str(r#"{"items":[],"next":"my journal"}"#)?;
/// // None on the last page.
/// let next = page.next.map(|after| ClientsQuery { after: Some(after), limit: Some(500) });
/// let path = next.map(|query| operation::LIST_CLIENTS.with_query(&[], &query));
/// assert_eq!(path.as_deref(), Some("/admin/api/clients?after=my+journal&limit=500"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
///
/// ```
/// use helseid_admin_api::{AuditQuery, operation};
///
/// let query = AuditQuery { before: Some(1_200), limit: Some(50) };
/// assert_eq!(operation::AUDIT.with_query(&[], &query), "/admin/api/audit?before=1200&limit=50");
/// // Whoever asks for what comes after an entry is told that there is no such parameter.
/// assert!(serde_json::from_str::<AuditQuery>(r#"{"after":1200}"#).is_err());
/// ```
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
///
/// ```
/// use helseid_admin_api::{TraceOutcome, TraceQuery, operation};
///
/// // Whatever a client was refused since the last look.
/// let query = TraceQuery {
///     client: Some("my-journal".to_owned()),
///     outcome: Some(TraceOutcome::Refused),
///     after: Some(12),
///     ..TraceQuery::default()
/// };
/// let path = operation::TRACE.with_query(&[], &query);
/// assert_eq!(path, "/admin/api/trace?after=12&client=my-journal&outcome=refused");
/// ```
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
///
/// ```
/// use helseid_admin_api::{LiveTraceQuery, operation};
///
/// let query = LiveTraceQuery { login: Some("l1".to_owned()), ..LiveTraceQuery::default() };
/// assert_eq!(operation::TRACE_LIVE.with_query(&[], &query), "/admin/api/trace/live?login=l1");
/// // A stream has no pages.
/// assert!(serde_json::from_str::<LiveTraceQuery>(r#"{"limit":100}"#).is_err());
/// ```
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
///
/// ```
/// use helseid_admin_api::{TraceDetailsQuery, operation};
///
/// // Not shown unless asked for.
/// assert!(!TraceDetailsQuery::default().details);
/// let path = operation::TRACE_ONE.with_query(&["r1"], &TraceDetailsQuery { details: true });
/// assert_eq!(path, "/admin/api/trace/r1?details=true");
/// ```
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceDetailsQuery {
    /// Whether to show the structured claims, which may be about patients.
    pub details: bool,
}
