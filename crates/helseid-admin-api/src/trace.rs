//! Requests to the endpoints of an issuer, as the trace shows them.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::rule::Verdict;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::attested::TracedAttestation;
use crate::login_step::LoginStep;
use crate::trace_outcome::TraceOutcome;

/// A request, in short.
///
/// ```
/// use helseid_admin_api::{Page, TraceEntry, TraceOutcome};
///
/// # let answer = r#"{ "items": [{
/// #     "seq": 12, "id": "r1", "at": 1790000000, "endpoint": "token", "grant": "client_credentials", "client_id": "my-journal",
/// #     "outcome": "refused", "error": "invalid_client", "rule": "assertion.aud", "scope": null
/// # }], "next": null }"#;
/// let page: Page<TraceEntry> = serde_json::from_str(answer)?;
/// let refused = page.items.iter().find(|entry| entry.outcome == TraceOutcome::Refused);
/// assert_eq!(refused.and_then(|entry| entry.rule.as_deref()), Some("assertion.aud"));
/// assert_eq!(refused.map(TraceEntry::place).as_deref(), Some("token (client_credentials)"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
    /// Where it came: `token`, `par`, `authorize`, `login` (the answer of the page on which a person is picked), `userinfo`,
    /// `end_session`, `revocation` or `introspection`; `backchannel_logout` is what was sent to a client.
    #[serde(default)]
    pub endpoint: String,
    /// The grant whose rules it was held to, at the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The login that it belongs to. All requests of one login have the same; it names no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Whether the browser was shown the page on which a person is picked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub login_page_shown: bool,
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
    /// How the client answered what was sent to it: the class of the status, such as `2xx`, or why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl TraceEntry {
    /// The endpoint, and at the token endpoint the grant.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.grant {
            Some(grant) => format!("{} ({grant})", self.endpoint),
            None => self.endpoint.clone(),
        }
    }

    /// What it was in the story of its login.
    #[must_use]
    pub fn step(&self) -> LoginStep {
        LoginStep {
            at: self.at,
            endpoint: self.endpoint.clone(),
            grant: self.grant.clone(),
            login_page_shown: self.login_page_shown,
            outcome: self.outcome,
            error: self.error.clone(),
            rule: self.rule.clone(),
        }
    }
}

/// A request, with the outcome of every rule of its endpoint.
///
/// ```
/// use helseid_admin_api::TraceDetails;
///
/// # let answer = r#"{
/// #     "seq": 12, "id": "r1", "at": 1790000000, "endpoint": "token", "grant": "client_credentials", "client_id": "my-journal",
/// #     "outcome": "refused", "error": "invalid_client", "rule": "assertion.aud", "scope": null, "description": "the audience",
/// #     "clock_offset_seconds": 0,
/// #     "verdict": [{ "rule": "assertion.aud", "outcome": "failed", "expected": "the issuer", "got": "the token endpoint" }]
/// # }"#;
/// let request: TraceDetails = serde_json::from_str(answer)?;
/// let failed = request.verdict.failed().ok_or("no rule was broken")?;
/// assert_eq!(failed.outcome.facts().map(|facts| facts.got.as_str()), Some("the token endpoint"));
/// // The text for people says how to fix it, too.
/// assert!(request.to_string().contains(failed.rule.fix()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// What its assertion or its request object attests; else what that of its login attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<TracedAttestation>,
    /// The rule by which the attestation was refused, also one that could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation_refused: Option<String>,
    /// How far the client's clock was ahead of the authority's, by `iat` of the assertion.
    pub clock_offset_seconds: Option<i64>,
    /// The outcome of every rule.
    #[cfg_attr(test, schemars(with = "Vec<schema::Finding>"))]
    pub verdict: Verdict,
    /// The requests of the same login, this one among them, the oldest first; none where it belongs to no login.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub story: Vec<LoginStep>,
}

/// Why a refused request tells of one breach.
const STOPS_AT_THE_FIRST: &str =
    "A request ends at its first breach; helseid conformance goes on, and reports every one.";

/// For people: who, when, what, and each rule.
impl fmt::Display for TraceDetails {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = &self.entry;
        writeln!(out, "request   {} at {}, {}", entry.id, entry.at.rfc3339(), entry.outcome.name())?;
        writeln!(out, "endpoint  {}", entry.place())?;
        writeln!(out, "client    {}", entry.client_id.as_deref().unwrap_or("unknown"))?;
        if let Some(login) = &entry.login {
            writeln!(out, "login     {login}")?;
        }
        if let Some(scope) = &entry.scope {
            writeln!(out, "granted   {scope}")?;
        }
        if let Some(answer) = &entry.answer {
            writeln!(out, "answer    {answer}")?;
        }
        if let (Some(error), Some(description)) = (&entry.error, &self.description) {
            writeln!(out, "error     {error}: {description}")?;
        }
        if let Some(attestation) = &self.attestation {
            writeln!(out, "attests   {attestation}")?;
        }
        if let Some(rule) = &self.attestation_refused {
            writeln!(out, "refused   the attestation, by {rule}")?;
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
        if entry.outcome == TraceOutcome::Refused {
            writeln!(out, "\n{STOPS_AT_THE_FIRST}")?;
        }
        if self.story.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nThe login, as far as it came here:")?;
        self.story.iter().try_for_each(|step| writeln!(out, "  {step}"))
    }
}

/// The header and claims of a JWT, without its signature and without secrets.
///
/// ```
/// use helseid_admin_api::Decoded;
///
/// let json = r#"{"header":{"alg":"ES256","typ":"JWT"},"claims":{"iss":"my-journal","aud":["a","b"]}}"#;
/// let assertion: Decoded = serde_json::from_str(json)?;
/// // Header and claims are as they were sent, right or wrong.
/// assert_eq!(assertion.header["typ"], "JWT");
/// assert_eq!(assertion.claims["aud"][1], "b");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Decoded {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
}
