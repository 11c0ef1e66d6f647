//! Problems (RFC 9457), in three lines for people: what failed, why, and what to do next.

use std::fmt;

use ::http::{HeaderValue, StatusCode, header};
use axum::Json;
use axum::response::{IntoResponse, Response};
use helseid_admin_api::Problem;

use super::origin::OriginError;

/// A request that was not carried out, as JSON.
#[derive(Debug)]
pub(crate) struct ProblemResponse {
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) next: String,
}

impl ProblemResponse {
    pub(crate) fn new(
        status: StatusCode,
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self { status, title: title.to_string(), detail: detail.to_string(), next: next.to_string() }
    }

    /// RFC 6585 section 4.
    #[cfg(feature = "nhn")]
    pub(crate) fn too_many_requests() -> Self {
        let detail = "this access key or address has sent too many requests in this second";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests", detail, "try again in the next second")
    }

    /// A request for another host or from another site; `next` is what to do about the latter.
    pub(crate) fn of_origin(why: &OriginError, next: &str) -> Self {
        let next = match why {
            OriginError::OtherHost { .. } => "call the authority by its issuer's address",
            OriginError::OtherSite { .. } => next,
        };
        Self::new(why.status(), why.title(), why.detail(), next)
    }
}

impl IntoResponse for ProblemResponse {
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
