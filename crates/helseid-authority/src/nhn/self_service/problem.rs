//! Refusals as NHN's API writes them (RFC 7807): with `type` and `instance`, and `status` as a number.

use ::http::{HeaderValue, StatusCode, header};
use axum::Json;
use axum::response::{IntoResponse, Response};
use helseid_protocol::rule::Fault;
use serde_json::json;

use crate::registry::registration::NotRegistered;
use crate::storage::registry::StoreError;
use crate::web::body::BodyError;

/// A request that was not done.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    title: String,
    detail: String,
    challenges: Vec<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &str, detail: impl std::fmt::Display) -> Self {
        Self { status, title: title.to_owned(), detail: detail.to_string(), challenges: Vec::new() }
    }

    pub(super) fn wrong(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the request cannot be read", detail)
    }

    /// RFC 6585 section 4.
    pub(super) fn too_many() -> Self {
        let detail = "there were too many in this second from this client, access key or address; try again in the next";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests", detail)
    }

    /// A token or proof that is not good enough.
    pub(super) fn of_credentials(status: StatusCode, fault: Option<&Fault>, challenges: Vec<String>) -> Self {
        let detail = match fault {
            Some(fault) => fault.description(),
            None => {
                "expected Authorization: DPoP with a token of scope nhn:selvbetjening/client, and a proof"
                    .into()
            }
        };
        Self { challenges, ..Self::new(status, "the caller is not let in", detail) }
    }
}

impl From<NotRegistered> for Problem {
    fn from(why: NotRegistered) -> Self {
        Self::new(why.reason.status(), &why.title, format_args!("{}; {}", why.detail, why.next))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        NotRegistered::from(error).into()
    }
}

impl From<BodyError> for Problem {
    fn from(why: BodyError) -> Self {
        Self::new(why.status(), "the request cannot be read", "expected a body of at most 64 KiB within 10 s")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let problem = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "instance": null,
        });
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        for challenge in &self.challenges {
            if let Ok(value) = HeaderValue::from_str(challenge) {
                headers.append(header::WWW_AUTHENTICATE, value);
            }
        }
        response
    }
}
