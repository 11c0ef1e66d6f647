//! Responses to clients (RFC 6749 sections 5.1 and 5.2).

use ::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use helseid_protocol::endpoint::token::{MAX_BYTES, NONCE_HEADER, OAuthError};
use helseid_protocol::rule::{ErrorCode, Facts, Fault, Rule};

use super::line::{Answer, Line, Outcome};
use crate::web::oauth_error;

/// The response to a request with this outcome; `error_uri` is where a refusal is explained.
pub(super) fn of<L: Line>(outcome: Outcome<L::Granted>, error_uri: Option<String>) -> Response {
    match outcome {
        Outcome::Granted(granted) => granted.into_response(),
        Outcome::NonceWanted(fault, nonce) => {
            let mut response = oauth_error::refused(StatusCode::BAD_REQUEST, &fault, None);
            if let Ok(value) = HeaderValue::from_str(nonce.as_str()) {
                response.headers_mut().insert(NONCE_HEADER, value);
            }
            response
        }
        Outcome::Refused(fault) => {
            let status = match fault.code() {
                ErrorCode::InvalidClient => L::UNAUTHENTICATED,
                _ => StatusCode::BAD_REQUEST,
            };
            oauth_error::refused(status, &fault, error_uri)
        }
        Outcome::Unavailable(why) => oauth_error::not_now(StatusCode::SERVICE_UNAVAILABLE, why),
        Outcome::TooMany => oauth_error::too_many(),
    }
}

/// The body is longer than a request may be.
pub(super) fn too_large() -> Response {
    let facts = Facts::new(format_args!("at most {MAX_BYTES} bytes"), "more");
    oauth_error::refused(StatusCode::PAYLOAD_TOO_LARGE, &Fault::new(Rule::RequestBody, facts), None)
}

/// Another method than POST (RFC 6749 section 3.2, RFC 9110 section 15.5.6).
pub(crate) async fn other_method<L: Line>() -> Response {
    let error = OAuthError {
        code: "invalid_request".to_owned(),
        description: Some(format!(
            "The {} is called by POST, with the parameters as a form in the body.",
            L::NAME
        )),
        uri: None,
    };
    let mut response = oauth_error::json(StatusCode::METHOD_NOT_ALLOWED, error.to_json());
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
