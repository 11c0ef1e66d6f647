//! `POST /connect/token`.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderValue, Request, StatusCode, header};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::endpoint::token::{MAX_BYTES, NONCE_HEADER, OAuthError};
use helseid_protocol::rule::{Facts, Fault, Rule};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::app::App;
use crate::token::{self, Outcome, TokenCall};

/// How long a client may take to send a form.
const BODY_TIME: Duration = Duration::from_secs(10);

pub(super) async fn post(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BYTES).collect()).await;
    let body = match read {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return too_large(),
        Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let (outcome, verdict) = token::answer(&app, TokenCall { headers: &parts.headers, body: &body }).await;
    for finding in verdict.warned() {
        if let Some(facts) = finding.outcome.facts() {
            let rule = finding.rule.id();
            tracing::info!(rule, expected = facts.expected, got = facts.got, "let pass with a warning");
        }
    }
    match outcome {
        Outcome::Granted(granted) => reply(StatusCode::OK, granted.to_json()),
        Outcome::NonceWanted(fault, nonce) => {
            tracing::debug!(%fault, "asked for a nonce");
            let mut response = refusal(StatusCode::BAD_REQUEST, &fault);
            if let Ok(value) = HeaderValue::from_str(nonce.as_str()) {
                response.headers_mut().insert(NONCE_HEADER, value);
            }
            response
        }
        Outcome::Refused(fault) => {
            tracing::info!(rule = fault.rule().id(), %fault, "refused");
            refusal(StatusCode::BAD_REQUEST, &fault)
        }
        Outcome::Unavailable(why) => {
            tracing::warn!(why, "no token can be given now");
            super::unavailable(why)
        }
    }
}

fn too_large() -> Response {
    let facts = Facts::new(format_args!("at most {MAX_BYTES} bytes"), "more");
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &Fault::new(Rule::RequestBody, facts))
}

fn refusal(status: StatusCode, fault: &Fault) -> Response {
    let error = OAuthError {
        code: fault.code().as_str().to_owned(),
        description: Some(fault.description()),
        uri: None,
    };
    reply(status, error.to_json())
}

/// RFC 6749 section 5.1: nobody on the way keeps a copy.
fn reply(status: StatusCode, json: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, json).into_response()
}
