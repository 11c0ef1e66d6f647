//! The body of a request: a JSON object without duplicate members, or a problem.

use std::fmt::Display;

use ::http::{Request, StatusCode, header};
use axum::body::Body;
use axum::extract::FromRequest;
use helseid_protocol::jose::json;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::web::body::{self, BodyError};
use crate::web::problem::ProblemResponse;

/// The most bytes of a request.
const MAX_BYTES: usize = 64 * 1024;

/// The JSON object of a request.
pub(super) struct JsonBody<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ProblemResponse;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, ProblemResponse> {
        // A page of another site can send any other type without a preflight request.
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind != "application/json" {
            let detail = format!("expected the content type application/json, got {kind:?}");
            return Err(unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let content = body::read(request.into_body(), MAX_BYTES).await.map_err(|why| {
            let detail = match why {
                BodyError::TooLarge => "expected at most 64 KiB, got more",
                BodyError::Incomplete => "the body is incomplete",
                BodyError::TooSlow => "expected the body within 10 s",
            };
            unreadable(why.status(), detail)
        })?;
        let object = json::read_object(&content).map_err(|why| {
            unreadable(StatusCode::BAD_REQUEST, format_args!("expected a JSON object, and {why}"))
        })?;
        let value = serde_json::from_value(Value::Object(object));
        value.map(Self).map_err(|why| unreadable(StatusCode::UNPROCESSABLE_ENTITY, why))
    }
}

fn unreadable(status: StatusCode, why: impl Display) -> ProblemResponse {
    let next =
        "send a JSON object with the content type application/json, as described in /admin/api/openapi.json";
    ProblemResponse::new(status, "the request cannot be read", why, next)
}
