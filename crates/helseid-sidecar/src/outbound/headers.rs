//! `POST /api/v1/headers`: `Authorization` and `DPoP` for one request to an API, which the caller sends itself.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use helseid_client::CallHeaders;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use serde::{Deserialize, Deserializer, Serialize};

use super::api::{Api, OnBehalf, Prepared};
use super::calls::Calls;
use super::handles::Call;
use crate::callers::Caller;
use crate::config::organisation;
use crate::refusal::Refusal;
use crate::{fields, methods};

/// For which request headers are wanted.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "HeadersRequest"))]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// NAME of `[api.NAME]`.
    api: String,
    /// As the request will have it.
    method: String,
    /// The whole address, below `url` of the section.
    url: String,
    /// One of `organisations` of the section, in place of the account's own.
    organisation: Option<OrganisationWanted>,
    /// The token of somebody who called an API of yours, and was admitted here with its proof: the request is sent on that caller's
    /// behalf.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(test, schemars(with = "String"))]
    user_token: Option<String>,
}

/// A text: `null` comes from a program that has no token where it believes to have one, and is not the same as none.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

/// The organisation that the client is to act for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Organisation"))]
#[serde(deny_unknown_fields)]
struct OrganisationWanted {
    /// Nine digits.
    parent: Option<String>,
    /// Nine digits.
    child: Option<String>,
}

/// Headers that are ready to be sent, and the handle with which the answer is told.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Headers"))]
pub(super) struct Given {
    headers: GivenHeaders,
    /// For `/api/v1/answered`, once and within 120 s.
    handle: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct GivenHeaders {
    #[serde(rename = "Authorization")]
    authorization: String,
    #[serde(rename = "DPoP", skip_serializing_if = "Option::is_none")]
    dpop: Option<String>,
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary = "Authorization and DPoP for one request to an API, which the caller sends itself";
    let operation = document.operation("POST /api/v1/headers", "headers", summary).guarded().json::<Wanted>();
    operation.answered::<Given>(&[200], "Headers to send as they are.").asks_the_authority().done();
}

/// Checks what is wanted, and gives headers for it.
pub(super) async fn headers(
    State(calls): State<Arc<Calls>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let wanted: Wanted = fields::read(request, None).await?;
    let api = calls.api_of(&wanted.api, &caller);
    let api = api.ok_or_else(|| Refusal::invalid(calls.no_such_api(&caller)))?;
    let method = methods::read(&wanted.method);
    let method = method.ok_or_else(|| Refusal::invalid("the method is not one of HTTP, or too long"))?;
    let organisation =
        wanted.organisation.map(|own| organisation(own.parent.as_deref(), own.child.as_deref()));
    let organisation =
        organisation.transpose().map_err(|why| Refusal::invalid(format!("organisation: {why}")))?;
    let subject = match &wanted.user_token {
        Some(token) => Some(calls.subject(token, &caller).await?),
        None => None,
    };
    let wish = api.wish(OnBehalf { organisation, subject })?;
    let prepared = api.attempts(wish, method, &wanted.url)?;
    let given = give(&calls, api, &caller, prepared).await?;
    Ok(answer(&given))
}

/// The headers of the next attempt of a call.
pub(super) async fn give(
    calls: &Calls,
    api: &Api,
    caller: &Caller,
    mut prepared: Prepared,
) -> Result<Given, Refusal> {
    let headers = GivenHeaders::of(&api.headers(&mut prepared).await?)?;
    let call = Call { prepared, api: api.name.to_string(), caller: caller.name.clone() };
    Ok(Given { headers, handle: calls.handles.put(call).to_string() })
}

/// An answer that nobody keeps.
pub(super) fn answer(body: &impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl GivenHeaders {
    fn of(headers: &CallHeaders) -> Result<Self, Refusal> {
        let text = |value: &HeaderValue| {
            let text = value.to_str().map(str::to_owned);
            text.map_err(|_| Refusal::invalid("the token has characters that JSON cannot carry as they are"))
        };
        Ok(Self {
            authorization: text(headers.authorization())?,
            dpop: headers.dpop().map(text).transpose()?,
        })
    }
}
