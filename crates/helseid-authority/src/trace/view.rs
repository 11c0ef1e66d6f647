//! A recorded request as the admin API shows it.

use helseid_admin_api::{Decoded, LoginStep, TraceDetails, TraceEntry};
use helseid_protocol::grant::GrantType;
use helseid_protocol::jose::base64url;
use helseid_protocol::rule::{Endpoint, Fault};
use helseid_protocol::secret::shown;
use serde_json::Value;

use super::attested;
use super::recorded::{LoginPage, Recorded};
use super::redact::{self, Structured};

impl Recorded {
    /// The entry in a list.
    pub(crate) fn entry(&self) -> TraceEntry {
        TraceEntry {
            seq: self.seq,
            id: self.id.clone(),
            at: self.at,
            endpoint: self.place().to_owned(),
            grant: self.grant().map(|grant| grant.name().to_owned()),
            login: self.artifacts.login_id.clone(),
            login_page_shown: self.artifacts.login_page == Some(LoginPage::Shown),
            client_id: self.artifacts.client_id.as_deref().map(shown),
            outcome: self.outcome,
            error: self.fault.as_ref().map(|fault| fault.code().as_str().to_owned()),
            rule: self.fault.as_ref().map(|fault| fault.rule().id().to_owned()),
            scope: self.scope.clone(),
            answer: self.answer.map(str::to_owned),
        }
    }

    /// Where it came, for people and for queries.
    const fn place(&self) -> &'static str {
        match (self.artifacts.login_page, self.endpoint) {
            (Some(LoginPage::Answered), _) => "login",
            (_, endpoint) => endpoint_name(endpoint),
        }
    }

    const fn grant(&self) -> Option<GrantType> {
        match self.endpoint {
            Endpoint::Token(grant) => Some(grant),
            _ => None,
        }
    }

    /// Everything about it, and the story of its login.
    pub(crate) fn details(&self, structured: Structured, story: Vec<LoginStep>) -> TraceDetails {
        let assertion = self.artifacts.assertion.as_deref().and_then(|jwt| decoded(jwt, structured));
        let issued = assertion.as_ref().and_then(|jwt| seconds(jwt.claims.get("iat")?));
        // Only of one that the client has signed.
        let signed = self.artifacts.assertion.as_deref().filter(|_| self.artifacts.is_authenticated);
        let attestation = self.artifacts.attestation.clone().or_else(|| attested::told_in(signed?));
        let refused_by = self.fault.as_ref().map(Fault::rule).filter(|rule| attested::is_refused_by(*rule));
        TraceDetails {
            entry: self.entry(),
            attestation: attestation.or_else(|| self.artifacts.login_attestation.clone()),
            attestation_refused: refused_by.map(|rule| rule.id().to_owned()),
            description: self.fault.as_ref().map(Fault::description),
            clock_offset_seconds: issued.map(|issued| issued.saturating_sub(self.at.seconds())),
            assertion,
            proof: self.artifacts.proof.as_deref().and_then(|jwt| decoded(jwt, structured)),
            verdict: self.trail.verdict(self.endpoint, self.fault.as_ref()),
            story,
        }
    }
}

/// An endpoint, for people and for queries.
pub(crate) const fn endpoint_name(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Token(_) => "token",
        Endpoint::Par => "par",
        Endpoint::Authorize => "authorize",
        Endpoint::UserInfo => "userinfo",
        Endpoint::EndSession => "end_session",
        Endpoint::Revocation => "revocation",
        Endpoint::Introspection => "introspection",
        Endpoint::BackChannelLogout => "backchannel_logout",
        // Of a session of conformance.
        Endpoint::Api => "api",
        // None of these is an endpoint of an issuer.
        Endpoint::Registration | Endpoint::Login => "other",
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
