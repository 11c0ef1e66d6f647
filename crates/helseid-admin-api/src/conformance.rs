//! Conformance sessions and what they report of a client.

#[cfg(test)]
use crate::openapi::schema;
use crate::session_api::SessionApi;
use helseid_protocol::id::Issuer;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A conformance session to open.
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
