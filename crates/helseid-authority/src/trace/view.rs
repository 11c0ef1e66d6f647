//! A recorded request as the admin API shows it.

use helseid_admin_api::{Decoded, TraceDetails, TraceEntry};
use helseid_protocol::jose::base64url;
use helseid_protocol::rule::{Endpoint, Fault};
use helseid_protocol::secret::shown;
use serde_json::Value;

use super::recorded::Recorded;
use super::redact::{self, Structured};

impl Recorded {
    /// The entry in a list.
    pub(crate) fn entry(&self) -> TraceEntry {
        TraceEntry {
            seq: self.seq,
            id: self.id.clone(),
            at: self.at,
            endpoint: name(self.endpoint).to_owned(),
            login: self.artifacts.login_id.clone(),
            client_id: self.artifacts.client_id.as_deref().map(shown),
            outcome: self.outcome,
            error: self.fault.as_ref().map(|fault| fault.code().as_str().to_owned()),
            rule: self.fault.as_ref().map(|fault| fault.rule().id().to_owned()),
            scope: self.scope.clone(),
        }
    }

    /// Everything about it.
    pub(crate) fn details(&self, structured: Structured) -> TraceDetails {
        let assertion = self.artifacts.assertion.as_deref().and_then(|jwt| decoded(jwt, structured));
        let issued = assertion.as_ref().and_then(|jwt| seconds(jwt.claims.get("iat")?));
        TraceDetails {
            entry: self.entry(),
            description: self.fault.as_ref().map(Fault::description),
            clock_offset_seconds: issued.map(|issued| issued.saturating_sub(self.at.seconds())),
            assertion,
            proof: self.artifacts.proof.as_deref().and_then(|jwt| decoded(jwt, structured)),
            verdict: self.trail.verdict(self.endpoint, self.fault.as_ref()),
        }
    }
}

/// An endpoint, for people and for queries.
const fn name(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Token(_) => "token",
        Endpoint::Par => "par",
        Endpoint::Authorize => "authorize",
        Endpoint::UserInfo => "userinfo",
        Endpoint::EndSession => "end_session",
        Endpoint::Revocation => "revocation",
        Endpoint::Introspection => "introspection",
        // None of these is an endpoint of an issuer.
        Endpoint::Api | Endpoint::Registration | Endpoint::Login => "other",
    }
}

fn decoded(signing_input: &str, structured: Structured) -> Option<Decoded> {
    let (header, claims) = signing_input.split_once('.')?;
    let part = |text: &str| {
        let json = base64url::decode(text).ok()?;
        serde_json::from_slice::<Value>(&json).ok().map(|value| redact::value(value, structured))
    };
    Some(Decoded { header: part(header)?, claims: part(claims)? })
}

/// `iat` may be a string.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
