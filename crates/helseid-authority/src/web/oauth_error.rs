//! Responses of OAuth endpoints (RFC 6749 sections 5.1 and 5.2), as JSON that no cache keeps.

use ::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::rule::Fault;

/// RFC 6749 section 5.1: no cache on the way keeps a copy.
pub(crate) fn json(status: StatusCode, json: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, json).into_response()
}

/// A rule was broken; `uri` is where that is explained.
pub(crate) fn refused(status: StatusCode, fault: &Fault, uri: Option<String>) -> Response {
    let error =
        OAuthError { code: fault.code().as_str().to_owned(), description: Some(fault.description()), uri };
    json(status, error.to_json())
}

/// Nothing is wrong with the request, and the same may be sent again. The code is the one that RFC 6749 has for this in
/// section 4.1.2.1: clients read JSON (section 5.2).
pub(crate) fn not_now(status: StatusCode, why: &str) -> Response {
    let error = OAuthError {
        code: "temporarily_unavailable".to_owned(),
        description: Some(why.to_owned()),
        uri: None,
    };
    let mut response = json(status, error.to_json());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// RFC 6585 section 4.
pub(crate) fn too_many() -> Response {
    not_now(StatusCode::TOO_MANY_REQUESTS, "Too many requests in this second from this client or address.")
}
