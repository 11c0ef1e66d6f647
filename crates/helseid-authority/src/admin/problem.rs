//! Refusals of the admin API (RFC 9457), in three lines for people.

use std::fmt;

use ::http::{HeaderValue, StatusCode, header};
use axum::Json;
use axum::response::{IntoResponse, Response};
use helseid_protocol::endpoint::admin::Problem;
use helseid_protocol::rule::Fault;

use crate::StoreError;

/// A request that was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    title: String,
    detail: String,
    next: String,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self { status, title: title.to_string(), detail: detail.to_string(), next: next.to_string() }
    }

    /// 400: the request is wrong.
    pub(crate) fn wrong(
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, title, detail, next)
    }

    /// 400: a key breaks a rule; it was not kept.
    pub(crate) fn of_key(fault: Fault) -> Self {
        Self::wrong("a key cannot be registered", fault.description(), fault.rule().mend())
    }

    /// What, why, and what to do next.
    pub(crate) fn into_lines(self) -> (String, String, String) {
        (self.title, self.detail, self.next)
    }

    /// 404: nothing is registered under this name.
    pub(crate) fn unknown(kind: &str, id: impl fmt::Display) -> Self {
        let title = format!("there is no {kind} {id}");
        Self::new(StatusCode::NOT_FOUND, title, "nothing is registered under that name", "look at the list")
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a change could not be kept");
        let next = "try again; if it stays so, look at the authority's log";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the registry cannot be changed now",
            "the store failed",
            next,
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem =
            Problem { status: self.status.as_u16(), title: self.title, detail: self.detail, next: self.next };
        let mut response = (self.status, Json(problem)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
