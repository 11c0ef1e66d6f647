//! `POST /connect/token`.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderValue, Request, StatusCode, header};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::endpoint::token::{MAX_BYTES, NONCE_HEADER, OAuthError};
use helseid_protocol::jose::json::Object;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::rule::{Facts, Fault, Rule};

use crate::app::App;
use crate::faults::{Answer, AnswerFault, Met, TOO_MANY};
use crate::oauth::token::{self, Answered, Outcome, TokenCall, When};
use crate::trace::{Recorded, Trace};
use crate::web::body::{self, BodyError};
use crate::web::{Peer, http_date};

/// The endpoint by another method than POST (RFC 6749 section 3.2, RFC 9110 section 15.5.6).
pub(crate) async fn other_method() -> Response {
    let error = OAuthError {
        code: "invalid_request".to_owned(),
        description: Some(
            "The token endpoint is called by POST, with the parameters as a form in the body.".to_owned(),
        ),
        uri: None,
    };
    let mut response = json_reply(StatusCode::METHOD_NOT_ALLOWED, error.to_json());
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

pub(crate) async fn post(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(Peer(address)) = parts.extensions.get()
        && !app.limits.address(*address, app.clock.now())
    {
        return too_many();
    }
    let body = match body::read(body, MAX_BYTES).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return too_large(),
        Err(other) => return other.into_response(),
    };
    let met = app.scenarios.as_ref().map(|scenarios| scenarios.meet(&body)).unwrap_or_default();
    if met.delay_milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(met.delay_milliseconds.into())).await;
    }
    if met.server_error == Some(TOO_MANY) {
        return too_many();
    }
    if let Some(status) = met.server_error.and_then(|status| StatusCode::from_u16(status).ok()) {
        return (status, "a scenario\n").into_response();
    }
    // Only now: who sends slowly is not judged in a past that nobody remembers.
    let when = When { real: app.clock.now(), ahead: met.clock_skew_seconds };
    let answered = token::answer(&app, TokenCall { headers: &parts.headers, body: &body, when }).await;
    let mut response = reply(&app, answered, &met, when).await;
    if met.clock_skew_seconds != 0
        && let Some(date) = http_date(when.judged())
    {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// Makes the answer, writes the log, and keeps what the trace shows.
async fn reply(app: &App, answered: Answered, met: &Met, when: When) -> Response {
    let Answered { mut outcome, trail, seen } = answered;
    let log = if seen.is_authenticated { &app.log.clients } else { &app.log.strangers };
    for (rule, facts) in trail.warnings() {
        let (rule, expected, got) = (rule.id(), &*facts.expected, &*facts.got);
        log_within!(log, when.real, info, rule, expected, got, "let pass with a warning");
    }
    let fault = answer_fault(app, met, &outcome);
    if fault.rollover {
        // What fails is in the log.
        let _ = app.rotate(Duration::ZERO).await;
    }
    if fault.nonce_refused {
        let wanted = Fault::new(Rule::DpopNonce, Facts::new("another nonce", "a scenario"));
        outcome = Outcome::NonceWanted(wanted, app.nonces.issue(when.judged()));
    }
    let id = Trace::new_id(&*app.random);
    write_log(app, log, &outcome, &id);
    let response = response(app, &outcome, &fault, &id);
    let scope = match &outcome {
        Outcome::Granted(granted) => granted.scope.as_ref().map(ToString::to_string),
        _ => None,
    };
    let (kind, fault) = (outcome.traced(), outcome.fault().cloned());
    app.trace.record(Recorded { seq: 0, id, at: when.real, outcome: kind, scope, seen, trail, fault });
    response
}

fn answer_fault(app: &App, met: &Met, outcome: &Outcome) -> AnswerFault {
    let answer = match outcome {
        Outcome::Granted(_) => Answer::Token,
        Outcome::NonceWanted(..) => Answer::Nonce,
        Outcome::Refused(_) | Outcome::Unavailable(_) | Outcome::TooMany => Answer::Other,
    };
    app.scenarios.as_ref().map(|scenarios| scenarios.answer(met, answer)).unwrap_or_default()
}

fn write_log(app: &App, log: &LogBudget, outcome: &Outcome, id: &str) {
    let now = app.clock.now();
    match outcome {
        Outcome::Granted(_) | Outcome::TooMany => {}
        // A part of every client's handshake.
        Outcome::NonceWanted(fault, _) => tracing::debug!(%fault, "asked for a nonce"),
        Outcome::Refused(fault) => {
            let (rule, trace) = (fault.rule().id(), crate::trace::endpoint::error_uri(app, id));
            log_within!(log, now, info, rule, %fault, trace, "refused");
        }
        Outcome::Unavailable(why) => log_within!(log, now, warn, why, "no token can be given now"),
    }
}

fn response(app: &App, outcome: &Outcome, scenario: &AnswerFault, id: &str) -> Response {
    match outcome {
        Outcome::Granted(granted) => {
            let json = granted.to_json();
            let json = match &scenario.token_type {
                Some(other) => with_token_type(&json, other),
                None => json,
            };
            json_reply(StatusCode::OK, json)
        }
        Outcome::NonceWanted(fault, nonce) => {
            let mut response = refusal(StatusCode::BAD_REQUEST, fault, None);
            if !scenario.nonce_dropped
                && let Ok(value) = HeaderValue::from_str(nonce.as_str())
            {
                response.headers_mut().insert(NONCE_HEADER, value);
            }
            response
        }
        Outcome::Refused(fault) => {
            refusal(StatusCode::BAD_REQUEST, fault, crate::trace::endpoint::error_uri(app, id))
        }
        Outcome::Unavailable(why) => not_now(StatusCode::SERVICE_UNAVAILABLE, why),
        Outcome::TooMany => too_many(),
    }
}

fn with_token_type(json: &str, token_type: &str) -> String {
    let mut answer: Object = serde_json::from_str(json).unwrap_or_default();
    answer.insert("token_type".to_owned(), token_type.into());
    serde_json::Value::Object(answer).to_string()
}

fn too_large() -> Response {
    let facts = Facts::new(format_args!("at most {MAX_BYTES} bytes"), "more");
    refusal(StatusCode::PAYLOAD_TOO_LARGE, &Fault::new(Rule::RequestBody, facts), None)
}

/// RFC 6585 section 4.
fn too_many() -> Response {
    not_now(StatusCode::TOO_MANY_REQUESTS, "Too many requests in this second from this client or address.")
}

/// Nothing is wrong with the request, and the same may be sent again. The code is the one that RFC 6749 has for this in
/// section 4.1.2.1: clients read JSON (section 5.2).
fn not_now(status: StatusCode, why: &str) -> Response {
    let error = OAuthError {
        code: "temporarily_unavailable".to_owned(),
        description: Some(why.to_owned()),
        uri: None,
    };
    let mut response = json_reply(status, error.to_json());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn refusal(status: StatusCode, fault: &Fault, uri: Option<String>) -> Response {
    let error =
        OAuthError { code: fault.code().as_str().to_owned(), description: Some(fault.description()), uri };
    json_reply(status, error.to_json())
}

/// RFC 6749 section 5.1: nobody on the way keeps a copy.
pub(crate) fn json_reply(status: StatusCode, json: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, json).into_response()
}
