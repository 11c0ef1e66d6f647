//! What of the API's answer goes back to the caller.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use helseid_client::Challenge;
use helseid_http::AnswerBody;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;

use super::passed;
use super::stream::{Bounds, Stream};
use crate::refusal::by_sidecar;

/// The API's answer: its status, and what passes of its headers, body and trailers.
pub(super) fn handed_on(method: &Method, answer: http::Response<AnswerBody>, bounds: Bounds) -> Response {
    let (parts, body) = answer.into_parts();
    let mut headers = passed::from_api(&parts.headers);
    // It is of the body that another method would have.
    if *method == Method::HEAD {
        let mut lengths = parts.headers.get_all(CONTENT_LENGTH).iter();
        if let (Some(length), None) = (lengths.next(), lengths.next()) {
            headers.insert(CONTENT_LENGTH, length.clone());
        }
    }
    let mut response = Response::new(Body::new(Stream::new(body, bounds)));
    *response.status_mut() = parts.status;
    *response.headers_mut() = headers;
    response
}

/// The API's 401 to a request that cannot be sent again from here: what it asked for is there now.
pub(super) fn refused(challenge: Challenge, headers: &HeaderMap) -> Response {
    let (error, detail) = match challenge {
        Challenge::Nonce => {
            ("use_dpop_nonce", "the API asked for its nonce, which is known now: send the request again")
        }
        Challenge::NewToken => {
            ("invalid_token", "the API refused the token, which is replaced now: send the request again")
        }
    };
    let title = "The body was too long to be held for another attempt";
    let problem = json!({
        "type": "about:blank", "title": title, "status": 401, "detail": detail,
        "error": error, "error_description": detail,
    });
    let mut response = (StatusCode::UNAUTHORIZED, Json(problem)).into_response();
    let own = response.headers_mut();
    own.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    own.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for value in headers.get_all(WWW_AUTHENTICATE) {
        own.append(WWW_AUTHENTICATE, value.clone());
    }
    by_sidecar(response)
}
