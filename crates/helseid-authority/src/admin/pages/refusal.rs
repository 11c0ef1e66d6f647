//! Why something was not done, for a page to show.

use std::fmt;

use ::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::service::ServiceError;
use crate::web::origin::OriginError;
use crate::web::problem::ProblemResponse;

/// Why something was not done. Where there is no session, and so no page, it is answered as a problem.
#[derive(Debug)]
pub(super) struct Refusal(ProblemResponse);

impl Refusal {
    pub(super) fn new(
        status: StatusCode,
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self(ProblemResponse::new(status, title, detail, next))
    }

    /// What was typed is invalid.
    pub(super) fn invalid(
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, title, detail, next)
    }

    /// There is nothing of this name.
    pub(super) fn unknown(kind: &str, id: impl fmt::Display) -> Self {
        ServiceError::unknown(kind, id).into()
    }

    /// The request is for another host or from another site.
    pub(super) fn of_origin(why: &OriginError) -> Self {
        Self(ProblemResponse::of_origin(why, "open the page again, and send the form from there"))
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What failed, why, and what to do next, a line each.
    pub(super) fn lines(&self) -> [&str; 3] {
        [&self.0.title, &self.0.detail, &self.0.next]
    }
}

impl From<ServiceError> for Refusal {
    fn from(why: ServiceError) -> Self {
        Self::new(why.reason.status(), why.title, why.detail, why.next)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
