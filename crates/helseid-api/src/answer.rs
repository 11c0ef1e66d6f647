//! The answer to a caller that is not let in: status, challenges (RFC 6750, RFC 9449, RFC 9470), and a body by choice.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use helseid_protocol::challenge::Challenge;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::rule::Rule;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use http_body_util::Full;
use serde::Serialize;

use crate::demand::Demand;
use crate::verifier::Verifier;
use crate::{Rejection, telemetry};

/// What the body of a refusal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefusalBody {
    /// Nothing: the challenge says it all.
    #[default]
    Empty,
    /// A problem of RFC 9457, with the rule and how to fix its breach.
    Problem,
}

/// A refusal, ready to be sent.
#[derive(Debug)]
pub struct Refused(Box<http::Response<Full<Bytes>>>);

impl Refused {
    /// By a layer or extractor of `verifier`, where `demand` was not met.
    pub(crate) fn by(verifier: &Verifier, rejection: Rejection, demand: Option<&Demand>) -> Self {
        let challenges = challenges(verifier, &rejection, demand);
        let asks_for_nonce = rejection.rule() == Some(Rule::DpopNonce);
        telemetry::refused(verifier, &rejection);
        let mut refused = Self::of(rejection, verifier.refusal_body);
        let headers = refused.0.headers_mut();
        for challenge in challenges {
            if let Ok(value) = HeaderValue::from_str(&challenge.to_string()) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
        if let Some(nonce) = verifier.new_nonce().filter(|_| asks_for_nonce) {
            headers.insert(NONCE_HEADER, nonce);
        }
        refused
    }

    /// A handler asks for a caller, and its route has no protection.
    pub(crate) fn unprotected() -> Self {
        telemetry::unprotected();
        Self::of(Rejection::Unprotected, RefusalBody::Empty)
    }

    fn of(rejection: Rejection, body: RefusalBody) -> Self {
        let mut response = http::Response::new(match body {
            RefusalBody::Empty => Full::default(),
            RefusalBody::Problem => Full::from(problem(&rejection)),
        });
        *response.status_mut() = rejection.status();
        let headers = response.headers_mut();
        if body == RefusalBody::Problem {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if rejection.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(rejection);
        Self(Box::new(response))
    }

    /// The answer.
    #[must_use]
    pub fn into_inner(self) -> http::Response<Full<Bytes>> {
        *self.0
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.map(axum::body::Body::new)
    }
}

fn challenges(verifier: &Verifier, rejection: &Rejection, demand: Option<&Demand>) -> Vec<Challenge> {
    let bare = match rejection {
        Rejection::NoCredentials => verifier.policy.challenges(None),
        Rejection::Fault(fault) => verifier.policy.challenges(Some(fault)),
        Rejection::Unavailable(_) | Rejection::Unprotected => Vec::new(),
    };
    let whole = |mut challenge: Challenge| {
        if let Some((name, value)) = demand.and_then(Demand::parameter) {
            challenge = challenge.with(name, value);
        }
        match &verifier.metadata {
            Some(metadata) => challenge.with("resource_metadata", metadata.url()),
            None => challenge,
        }
    };
    bare.into_iter().map(whole).collect()
}

/// RFC 9457 section 3. Says which check failed, and what the fault itself says to strangers.
#[derive(Serialize)]
struct Problem {
    r#type: &'static str,
    title: Option<&'static str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(flatten)]
    breach: Option<Breach>,
}

/// Members of our own, where a rule was broken.
#[derive(Serialize)]
struct Breach {
    error: &'static str,
    rule: &'static str,
    fix: &'static str,
    /// The name that `fix` had before.
    mend: &'static str,
}

#[expect(clippy::expect_used, reason = "texts and a number are JSON")]
fn problem(rejection: &Rejection) -> String {
    let status = rejection.status();
    let detail = match rejection {
        Rejection::NoCredentials => Some("Send an access token in the Authorization header.".to_owned()),
        Rejection::Fault(fault) => Some(fault.description()),
        Rejection::Unavailable(_) => {
            Some("The request may be right, and cannot be checked now. Try again later.".to_owned())
        }
        Rejection::Unprotected => None,
    };
    let breach = rejection.rule().map(|rule| Breach {
        error: rule.code().as_str(),
        rule: rule.id(),
        fix: rule.fix(),
        mend: rule.fix(),
    });
    let (r#type, title) = ("about:blank", status.canonical_reason());
    let problem = Problem { r#type, title, status: status.as_u16(), detail, breach };
    serde_json::to_string(&problem).expect("a problem is JSON")
}
