//! Refusals of the admin API (RFC 9457), in three lines for people.

use std::fmt;

use ::http::{HeaderValue, StatusCode, header};
use axum::Json;
use axum::response::{IntoResponse, Response};
use helseid_admin_api::Problem;

use crate::registry::registration::{NotRegistered, Reason};
use crate::storage::ephemeral::Unavailable;
use crate::storage::registry::StoreError;

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

    /// RFC 6585 section 4.
    pub(crate) fn too_many() -> Self {
        let detail = "there were too many in this second from this access key or address";
        let next = "try again in the next second";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests", detail, next)
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// What failed, why, and what to do next, a line each.
    pub(super) fn lines(&self) -> [&str; 3] {
        [&self.title, &self.detail, &self.next]
    }

    /// 404: nothing is registered under this name.
    pub(crate) fn unknown(kind: &str, id: impl fmt::Display) -> Self {
        NotRegistered::unknown(kind, id).into()
    }
}

impl From<NotRegistered> for Refusal {
    fn from(why: NotRegistered) -> Self {
        let status = match why.reason {
            Reason::Wrong => StatusCode::BAD_REQUEST,
            Reason::Conflict => StatusCode::CONFLICT,
            Reason::Unknown => StatusCode::NOT_FOUND,
            Reason::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Reason::Full => StatusCode::INSUFFICIENT_STORAGE,
        };
        Self { status, title: why.title, detail: why.detail, next: why.next }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        NotRegistered::from(error).into()
    }
}

impl From<Unavailable> for Refusal {
    fn from(unavailable: Unavailable) -> Self {
        let title = "sessions cannot be kept now";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, title, unavailable.why(), "try again in a moment")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem =
            Problem { status: self.status.as_u16(), title: self.title, detail: self.detail, next: self.next };
        let mut response = (self.status, Json(problem)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
