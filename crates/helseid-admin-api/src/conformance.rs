//! Conformance sessions and what they report of a client.

#[cfg(test)]
use crate::openapi::schema;
use crate::session_api::SessionApi;
use helseid_protocol::id::Issuer;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A conformance session to open.
///
/// ```
/// use helseid_admin_api::{NewConformance, SessionApi, SessionDemands};
/// use helseid_protocol::rule::Profile;
///
/// let requires = SessionDemands { nonce: true, ..SessionDemands::default() };
/// let api = SessionApi { requires, ..SessionApi::default() };
/// let body = serde_json::to_value(NewConformance { profile: Some(Profile::Fapi2), api })?;
/// assert_eq!((&body["profile"], &body["api"]["requires"]["nonce"]), (&"fapi2".into(), &true.into()));
/// // Without either, the session has the authority's profile and an API that takes any good token.
/// assert_eq!(serde_json::to_string(&NewConformance::default())?, "{}");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewConformance {
    /// The profile that every client of the session is held to. By default the authority's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::ProfileName>"))]
    pub profile: Option<Profile>,
    /// The session's API, at `/api` below its issuer.
    #[serde(skip_serializing_if = "SessionApi::is_default")]
    pub api: SessionApi,
}

/// The report of a conformance session.
///
/// ```
/// use helseid_admin_api::{ConformanceReport, RuleState};
///
/// # let answer = r#"{
/// #     "session": "s", "issuer": "http://localhost:8480/conformance/s", "profile": "helseid", "opened": 1790000000,
/// #     "metadata_reads": 1, "requests": 2, "granted": 0, "clients": ["my-journal"], "rules": []
/// # }"#;
/// let report: ConformanceReport = serde_json::from_str(answer)?;
/// // No rule is broken, but a client that got no token has shown nothing yet.
/// assert_eq!(report.count(RuleState::Broken), 0);
/// assert!(!report.is_kept());
/// assert!(report.to_string().ends_with("no token was given\n"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ConformanceReport {
    /// The id of the session.
    pub session: String,
    /// The issuer to configure the client with.
    #[cfg_attr(test, schemars(with = "schema::Uri"))]
    pub issuer: Issuer,
    /// The profile that clients are held to.
    #[cfg_attr(test, schemars(with = "schema::ProfileName"))]
    pub profile: Profile,
    /// What the session's API demands, and which API is behind it.
    #[serde(default)]
    pub api: SessionApi,
    /// When the session was opened.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub opened: Timestamp,
    /// How often the metadata was read.
    pub metadata_reads: u64,
    /// How many token requests came.
    pub requests: usize,
    /// How many of them were given tokens.
    pub granted: usize,
    /// The ids of the clients whose assertions came.
    pub clients: Vec<String>,
    /// Every rule of the endpoints that were called, each once, in catalogue order. If none was called, those of client credentials.
    pub rules: Vec<RuleReport>,
    /// The same by endpoint, those that were not called among them; the token endpoint counts once for each grant.
    #[serde(default)]
    pub endpoints: Vec<EndpointReport>,
}

/// What came to one endpoint.
///
/// ```
/// use helseid_admin_api::EndpointReport;
///
/// # let json = r#"[
/// #     { "endpoint": "par", "requests": 2, "granted": 1, "broken": ["par.body"], "warned": [], "not_exercised": [], "kept": [] },
/// #     { "endpoint": "userinfo", "requests": 0, "granted": 0, "broken": [], "warned": [], "not_exercised": [], "kept": [] }
/// # ]"#;
/// let endpoints: Vec<EndpointReport> = serde_json::from_str(json)?;
/// let called = |one: &&EndpointReport| one.requests > 0;
/// let not_called: Vec<_> = endpoints.iter().filter(|one| !called(one)).map(|one| &*one.endpoint).collect();
/// assert_eq!(not_called, ["userinfo"]);
/// let broken: Vec<_> = endpoints.iter().filter(called).flat_map(|one| &one.broken).collect();
/// assert_eq!(broken, ["par.body"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EndpointReport {
    /// Its name: a grant of the token endpoint, or `par`, `authorize`, `userinfo`, `end_session`, `revocation` or
    /// `introspection`, or `api` for calls of the session's API.
    pub endpoint: String,
    /// How many requests came.
    pub requests: usize,
    /// How many of them were given what they asked for.
    pub granted: usize,
    /// The ids of its rules that a request broke.
    pub broken: Vec<String>,
    /// Those that a request broke, which the profile tolerates today.
    pub warned: Vec<String>,
    /// Those that no request was checked against.
    pub not_exercised: Vec<String>,
    /// Those that every request kept that was checked against them.
    pub kept: Vec<String>,
}

/// The result for a rule.
///
/// ```
/// use helseid_admin_api::{RuleReport, RuleState};
///
/// # let json = r#"{
/// #     "rule": "assertion.typ", "state": "broken", "times": 3, "at": ["client_credentials"],
/// #     "expected": "client-authentication+jwt", "got": "JWT", "statement": "", "source": "", "next": "set typ"
/// # }"#;
/// let report: RuleReport = serde_json::from_str(json)?;
/// assert_eq!(report.state, RuleState::Broken);
/// let (expected, got) = report.expected.zip(report.got).ok_or("the rule was kept")?;
/// let breach = format!("{}: {got}, not {expected}", report.rule);
/// assert_eq!(breach, "assertion.typ: JWT, not client-authentication+jwt");
/// assert_eq!(report.next, "set typ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RuleReport {
    /// The id of the rule.
    pub rule: String,
    /// Whether it was kept.
    pub state: RuleState,
    /// How many requests it was checked in.
    pub times: usize,
    /// The endpoints at which it was broken, as `endpoints` has them; of a rule that is only warned of, those of the warnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<String>,
    /// What was expected, at the newest breach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What the request had instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// What must hold.
    pub statement: String,
    /// Where the rule comes from.
    pub source: String,
    /// What to do next. Empty if the rule was kept.
    pub next: String,
}

/// Whether a rule was kept.
///
/// ```
/// use helseid_admin_api::RuleState;
///
/// let state: RuleState = serde_json::from_str(r#""not_exercised""#)?;
/// assert_eq!(state, RuleState::NotExercised);
/// // Every name is the one of JSON.
/// for state in RuleState::ALL {
///     assert_eq!(serde_json::to_value(state)?, state.name());
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum RuleState {
    /// Every request that it was checked in kept it.
    Kept,
    /// A request broke it, which the profile tolerates today.
    Warned,
    /// A request broke it.
    Broken,
    /// It was checked in no request.
    NotExercised,
}

impl RuleState {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Kept, Self::Warned, Self::Broken, Self::NotExercised];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Warned => "warned",
            Self::Broken => "broken",
            Self::NotExercised => "not_exercised",
        }
    }
}

impl ConformanceReport {
    /// How many rules are in this state.
    #[must_use]
    pub fn count(&self, state: RuleState) -> usize {
        self.rules.iter().filter(|rule| rule.state == state).count()
    }

    /// Whether a token was given and no rule was broken.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.granted > 0 && self.count(RuleState::Broken) == 0
    }
}
