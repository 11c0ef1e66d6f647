//! `POST /api/v1/answered`: what an API said to a request with the sidecar's headers, so that its nonces are learnt.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use helseid_client::{Challenge, Retry};
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::calls::Calls;
use super::headers::{self, Given};
use crate::callers::Caller;
use crate::fields::{self, Texts};
use crate::refusal::Refusal;

/// What an API answered.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "AnsweredRequest"))]
#[serde(deny_unknown_fields)]
struct Answered {
    /// Of the headers that were sent.
    handle: String,
    /// The API's status.
    status: u16,
    /// Those of its headers that matter, or all; several of one name as an array.
    headers: BTreeMap<String, Texts>,
}

/// Whether the request should be sent again, and with what.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Learnt"))]
struct Learnt {
    /// Whether the request should be sent again, with the headers that are here then.
    again: bool,
    /// What the API asked for: `use_dpop_nonce` or `invalid_token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    given: Option<Given>,
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary = "What an API answered, so that its nonce is learnt";
    let operation =
        document.operation("POST /api/v1/answered", "answered", summary).guarded().json::<Answered>();
    operation.answered::<Learnt>(&[200], "What to do next.").asks_the_authority().done();
}

/// Learns from the answer, and gives headers for another attempt if the API asked for one that can succeed.
pub(super) async fn answered(
    State(calls): State<Arc<Calls>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let told: Answered = fields::read(request, None).await?;
    let unknown = || {
        Refusal::invalid("the handle is not known: it is of another caller, was used, or is over 120 s old")
    };
    let mut call = calls.handles.take(&told.handle, &caller.name).ok_or_else(unknown)?;
    let api = calls.api_of(&call.api, &caller).ok_or_else(unknown)?;
    let status =
        StatusCode::from_u16(told.status).map_err(|_| Refusal::invalid("the status is not one of HTTP"))?;
    let headers = headers_that_matter(told.headers);
    let because = match api.learn(&mut call.prepared, status, &headers)? {
        Retry::Done => return Ok(headers::answer(&Learnt { again: false, because: None, given: None })),
        Retry::Again(Challenge::Nonce) => "use_dpop_nonce",
        Retry::Again(Challenge::NewToken) => "invalid_token",
    };
    let given = headers::give(&calls, api, &caller, call.prepared).await?;
    Ok(headers::answer(&Learnt { again: true, because: Some(because), given: Some(given) }))
}

/// The nonce and the challenges; all others are passed over, whatever is in them.
fn headers_that_matter(told: BTreeMap<String, Texts>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, texts) in told {
        let Some(name) = matters(&name) else { continue };
        for value in texts.into_vec().into_iter().filter_map(|text| HeaderValue::try_from(text).ok()) {
            headers.append(name.clone(), value);
        }
    }
    headers
}

fn matters(name: &str) -> Option<HeaderName> {
    if name.eq_ignore_ascii_case(WWW_AUTHENTICATE.as_str()) {
        return Some(WWW_AUTHENTICATE);
    }
    name.eq_ignore_ascii_case(NONCE_HEADER.as_str()).then_some(NONCE_HEADER)
}
