//! Requests to the token endpoint, as the trace shows them.

use std::fmt;

use helseid_protocol::rule::Verdict;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request to the token endpoint, as the list of the trace has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceEntry {
    /// Its place in the order of all requests since the start.
    pub seq: u64,
    /// Its id, which nobody can guess: `error_uri` of the answer ends with it.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// Who its assertion said it came from.
    pub client_id: Option<String>,
    /// What became of it.
    pub outcome: TraceOutcome,
    /// The error of the answer.
    pub error: Option<String>,
    /// The rule that was broken.
    pub rule: Option<String>,
    /// The scopes that were granted.
    pub scope: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceOutcome {
    /// It got a token.
    Granted,
    /// It was sent back for a nonce, as every first request is.
    NonceWanted,
    /// It broke a rule.
    Refused,
    /// It could not be answered then.
    Unavailable,
}

impl TraceOutcome {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Granted, Self::NonceWanted, Self::Refused, Self::Unavailable];

    /// As it is written.
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

/// A request to the token endpoint, opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TraceDetails {
    /// As the list has it.
    #[serde(flatten)]
    pub entry: TraceEntry,
    /// What the answer said of the error.
    pub description: Option<String>,
    /// The assertion, without its signature.
    pub assertion: Option<Decoded>,
    /// The proof, without its signature and nonce.
    pub proof: Option<Decoded>,
    /// How far the client's clock was ahead of ours, by the assertion's `iat`.
    pub clock_offset_seconds: Option<i64>,
    /// What became of every rule.
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
        writeln!(out, "client    {}", entry.client_id.as_deref().unwrap_or("unknown"))?;
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

/// A JWT taken apart, without its signature. What lets its reader in is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
}
