//! Requests to the endpoints of an issuer, as the trace shows them.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::rule::Verdict;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceEntry {
    /// Its place in the order of all requests since the start.
    pub seq: u64,
    /// Its id, which nobody can guess. The `error_uri` of the answer ends with it.
    pub id: String,
    /// When it came.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub at: Timestamp,
    /// Where it came: `token`, `par`, `authorize`, `userinfo`, `end_session`, `revocation` or `introspection`.
    #[serde(default)]
    pub endpoint: String,
    /// The login that it belongs to. All requests of one login have the same; it names no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// The client that its assertion named.
    pub client_id: Option<String>,
    /// How it ended.
    pub outcome: TraceOutcome,
    /// The `error` of the answer.
    pub error: Option<String>,
    /// The rule that was broken.
    pub rule: Option<String>,
    /// The scopes that were granted.
    pub scope: Option<String>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum TraceOutcome {
    /// It was given what it asked for, such as a token.
    Granted,
    /// It was sent back for a nonce, as the first request of a client is.
    NonceWanted,
    /// It broke a rule.
    Refused,
    /// It could not be answered at that time.
    Unavailable,
}

impl TraceOutcome {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Granted, Self::NonceWanted, Self::Refused, Self::Unavailable];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NonceWanted => "nonce_wanted",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

impl std::str::FromStr for TraceOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|outcome| outcome.name() == text);
        known.ok_or_else(|| "expected granted, nonce_wanted, refused or unavailable".to_owned())
    }
}

/// A request, with the outcome of every rule of its endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TraceDetails {
    /// The request in short.
    #[serde(flatten)]
    pub entry: TraceEntry,
    /// The `error_description` of the answer.
    pub description: Option<String>,
    /// The assertion, without its signature.
    pub assertion: Option<Decoded>,
    /// The proof, without its signature and nonce.
    pub proof: Option<Decoded>,
    /// How far the client's clock was ahead of the authority's, by `iat` of the assertion.
    pub clock_offset_seconds: Option<i64>,
    /// The outcome of every rule.
    #[cfg_attr(test, schemars(with = "Vec<schema::Finding>"))]
    pub verdict: Verdict,
}

/// Why a refused request tells of one breach.
const STOPS_AT_THE_FIRST: &str =
    "A request ends at its first breach; helseid conformance goes on, and reports every one.";

/// For people: who, when, what, and each rule.
impl fmt::Display for TraceDetails {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = &self.entry;
        writeln!(out, "request   {} at {}, {}", entry.id, entry.at.rfc3339(), entry.outcome.name())?;
        if entry.endpoint != "token" {
            writeln!(out, "endpoint  {}", entry.endpoint)?;
        }
        writeln!(out, "client    {}", entry.client_id.as_deref().unwrap_or("unknown"))?;
        if let Some(login) = &entry.login {
            writeln!(out, "login     {login}")?;
        }
        if let Some(scope) = &entry.scope {
            writeln!(out, "granted   {scope}")?;
        }
        if let (Some(error), Some(description)) = (&entry.error, &self.description) {
            writeln!(out, "error     {error}: {description}")?;
        }
        if let Some(offset) = self.clock_offset_seconds {
            writeln!(out, "clock     the client's is {offset} s ahead, by the assertion's iat")?;
        }
        for (name, jwt) in [("assertion", &self.assertion), ("proof", &self.proof)] {
            if let Some(jwt) = jwt {
                writeln!(out, "\n{name}\n  {}\n  {}", jwt.header, jwt.claims)?;
            }
        }
        writeln!(out)?;
        self.verdict.findings().iter().try_for_each(|finding| finding.fmt(out))?;
        match entry.outcome {
            TraceOutcome::Refused => writeln!(out, "\n{STOPS_AT_THE_FIRST}"),
            _ => Ok(()),
        }
    }
}

/// The header and claims of a JWT, without its signature and without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Decoded {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}
