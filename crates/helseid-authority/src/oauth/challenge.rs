//! Refusals of those who come with an access token, and what they are asked for.

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::resource::Policy;
use helseid_protocol::rule::Fault;

use crate::web::oauth_error;

/// RFC 6750 section 3, RFC 9449 section 7.1.
pub(super) fn challenge(
    status: StatusCode,
    policy: &Policy,
    fault: Option<&Fault>,
    error_uri: Option<String>,
) -> Response {
    challenge_with(status, &policy.challenges(fault), fault, error_uri)
}

/// The same, with challenges that say more than the policy does.
pub(super) fn challenge_with(
    status: StatusCode,
    challenges: &[Challenge],
    fault: Option<&Fault>,
    error_uri: Option<String>,
) -> Response {
    let mut response = match fault {
        Some(fault) => oauth_error::refused(status, fault, error_uri),
        None => status.into_response(),
    };
    let headers: &mut HeaderMap = response.headers_mut();
    for challenge in challenges {
        if let Ok(value) = HeaderValue::from_str(&challenge.to_string()) {
            headers.append(header::WWW_AUTHENTICATE, value);
        }
    }
    response
}
