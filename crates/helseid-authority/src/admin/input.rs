//! What a request to the admin API brings: a JSON object without doubles, or a query; else a problem.

use std::fmt::Display;

use ::http::request::Parts;
use ::http::{Request, StatusCode, header};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Query};
use helseid_protocol::jose::json;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use crate::web::body::{self, Unread};

/// The most bytes of a request.
const MAX_BYTES: usize = 64 * 1024;

/// The JSON object of a request.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Refusal> {
        // A page of another site can send any other type without asking the browser's leave.
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" {
            let detail = format!("expected the content type application/json, got {kind:?}");
            return Err(unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let content = body::read(request.into_body(), MAX_BYTES).await.map_err(|why| match why {
            Unread::TooLarge => {
                unreadable(StatusCode::PAYLOAD_TOO_LARGE, "expected at most 64 KiB, got more")
            }
            Unread::Broken => unreadable(StatusCode::BAD_REQUEST, "the body broke off"),
            Unread::TooSlow => unreadable(StatusCode::REQUEST_TIMEOUT, "expected the body within 10 s"),
        })?;
        let object = json::read_object(&content).map_err(|why| {
            unreadable(StatusCode::BAD_REQUEST, format_args!("expected a JSON object, and {why}"))
        })?;
        let value = serde_json::from_value(Value::Object(object));
        value.map(Self).map_err(|why| unreadable(StatusCode::UNPROCESSABLE_ENTITY, why))
    }
}

/// The query of a request.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let query = Query::try_from_uri(&parts.uri);
        query.map(|Query(asked)| Self(asked)).map_err(|why| {
            let next = "leave it out, or see /admin/api/openapi.json";
            Refusal::wrong("the query cannot be read", why.body_text(), next)
        })
    }
}

fn unreadable(status: StatusCode, why: impl Display) -> Refusal {
    let next =
        "send a JSON object with the content type application/json; /admin/api/openapi.json says which";
    Refusal::new(status, "the request cannot be read", why, next)
}
