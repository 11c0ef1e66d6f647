//! What a caller is told that gets nothing: a status, and the JSON of RFC 6749 section 5.2, as Texas has it.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use helseid_client::{Error, ErrorKind};
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

/// Tells an answer of the sidecar's own from one of an API, which cannot have this header here.
const BY_SIDECAR: HeaderName = HeaderName::from_static("x-helseid-sidecar");

/// The `error` of what is wrong with a request.
const INVALID_REQUEST: &str = "invalid_request";

/// The `error` of what is wrong here, or at the authority.
const SERVER_ERROR: &str = "server_error";

/// What a caller is told that gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: String,
    description: String,
    retry_after: Option<Duration>,
}

/// What it is told in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Refusal"))]
pub(crate) struct Body<'a> {
    /// A code: one of RFC 6749, or a word of the sidecar's own.
    error: &'a str,
    /// What is wrong, for people.
    error_description: &'a str,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: &str, description: impl Into<String>) -> Self {
        Self { status, error: error.to_owned(), description: description.into(), retry_after: None }
    }

    /// The request is wrong.
    pub(crate) fn invalid(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, description)
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same, with a time after which another try may succeed.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// The caller may not.
    pub(crate) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "access_denied", description)
    }

    /// There is no such path here.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such path here")
    }
}

/// Marks an answer as the sidecar's own.
pub(crate) fn by_sidecar(mut response: Response) -> Response {
    response.headers_mut().insert(BY_SIDECAR, HeaderValue::from_static("refusal"));
    response
}

/// A refusal of the authority is handed on with its status and code; all else is told as ours.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let retry_after = error.retry_after();
        if let Some((status, refused)) = error.oauth() {
            let description = refused.description.clone().unwrap_or_default();
            let description = helseid_protocol::secret::shown(&description);
            return Self { retry_after, ..Self::new(status, &refused.code, description) };
        }
        let status = match error.kind() {
            ErrorKind::Request => return Self::invalid(format!("{}: {}", error.what(), error.why())),
            ErrorKind::Protocol => StatusCode::BAD_GATEWAY,
            _ if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Transport | ErrorKind::Discovery | ErrorKind::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        tracing::warn!(what = error.what(), why = error.why(), "a caller was given nothing");
        Self { retry_after, ..Self::new(status, SERVER_ERROR, format!("{}: {}", error.what(), error.why())) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Body { error: &self.error, error_description: &self.description };
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
        }
        by_sidecar(response)
    }
}
