//! A login as a story: what its requests were, one after the other.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::grant::GrantType;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::trace_outcome::TraceOutcome;

/// One request of a login, without what names its sender or leads to it.
///
/// ```
/// use helseid_admin_api::{LoginStep, TraceOutcome};
///
/// let json = r#"{"at":0,"endpoint":"par","outcome":"refused","error":"invalid_request","rule":"par.body"}"#;
/// let step: LoginStep = serde_json::from_str(json)?;
/// assert_eq!(step.what(), "The client pushed its authorization request");
/// assert!(step.to_string().ends_with(": invalid_request by par.body"));
/// // The same endpoint tells another story when the browser got the login page.
/// let shown = LoginStep { endpoint: "authorize".to_owned(), login_page_shown: true, ..step };
/// assert_eq!(shown.what(), "The browser was shown the login page");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoginStep {
    /// When it came.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub at: Timestamp,
    /// Where it came, as in the list of requests.
    pub endpoint: String,
    /// The grant, at the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Whether the browser was shown the page on which a person is picked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub login_page_shown: bool,
    /// How it ended.
    pub outcome: TraceOutcome,
    /// The `error` of the answer.
    pub error: Option<String>,
    /// The rule that was broken.
    pub rule: Option<String>,
}

impl LoginStep {
    /// What happened, in a few words. How it ended is told beside it.
    #[must_use]
    pub fn what(&self) -> &'static str {
        let is = |grant: GrantType| self.grant.as_deref() == Some(grant.name());
        let is_granted = self.outcome == TraceOutcome::Granted;
        match self.endpoint.as_str() {
            "par" => "The client pushed its authorization request",
            "authorize" if self.login_page_shown => "The browser was shown the login page",
            "authorize" if is_granted => "The browser went back with a code, without the login page",
            "authorize" => "The browser came to log in",
            "login" if is_granted => "The login page was answered, and the browser went back with a code",
            "login" => "The login page was answered",
            "token" if is(GrantType::AuthorizationCode) => "The client redeemed the code",
            "token" if is(GrantType::RefreshToken) => "The client used the refresh token",
            "token" if is(GrantType::TokenExchange) => "A client exchanged the token",
            "userinfo" => "The client asked for userinfo",
            "revocation" => "The client revoked the refresh token",
            "introspection" => "An API asked about the token",
            "end_session" => "The browser came to log out",
            "backchannel_logout" => "The client was sent a logout token",
            _ => "A request came",
        }
    }
}

/// For people: a line.
impl fmt::Display for LoginStep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}  {:<12}  {}", self.at.rfc3339(), self.outcome.name(), self.what())?;
        match (&self.error, &self.rule) {
            (Some(error), Some(rule)) => write!(out, ": {error} by {rule}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(endpoint: &str, outcome: TraceOutcome) -> LoginStep {
        let rule = (outcome == TraceOutcome::Refused).then(|| "code.verifier".to_owned());
        LoginStep {
            at: Timestamp::from_seconds(0),
            endpoint: endpoint.to_owned(),
            grant: (endpoint == "token").then(|| "authorization_code".to_owned()),
            login_page_shown: false,
            outcome,
            error: rule.as_ref().map(|_| "invalid_grant".to_owned()),
            rule,
        }
    }

    #[test]
    fn a_browser_that_got_no_code_is_not_said_to_have_one() {
        for endpoint in ["authorize", "login"] {
            assert!(step(endpoint, TraceOutcome::Granted).what().contains("with a code"), "{endpoint}");
            assert!(!step(endpoint, TraceOutcome::Refused).what().contains("with a code"), "{endpoint}");
        }
        let shown = LoginStep { login_page_shown: true, ..step("authorize", TraceOutcome::Granted) };
        assert!(!shown.what().contains("with a code"));
    }

    #[test]
    fn a_line_tells_when_how_it_ended_what_it_was_and_the_rule() {
        assert_eq!(
            step("token", TraceOutcome::Refused).to_string(),
            "1970-01-01T00:00:00Z  refused       The client redeemed the code: invalid_grant by code.verifier"
        );
        assert_eq!(
            step("par", TraceOutcome::Granted).to_string(),
            "1970-01-01T00:00:00Z  granted       The client pushed its authorization request"
        );
    }
}
