//! Changes responses.

use ::http::{StatusCode, header};
use axum::response::Response;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::jose::json::Object;
use serde_json::Value;

use super::ResponseKind;
use crate::web::body;

/// The most bytes of a response that is changed.
const MAX_RESPONSE: usize = 1024 * 1024;

/// What a response is, as far as faults go.
pub(super) fn kind(response: &Response, is_token_endpoint: bool) -> ResponseKind {
    if is_token_endpoint && response.status() == StatusCode::OK {
        ResponseKind::Token
    } else if response.headers().contains_key(NONCE_HEADER) {
        ResponseKind::Nonce
    } else {
        ResponseKind::Other
    }
}

/// The response with the first half of its body.
pub(super) async fn truncated(response: Response) -> Response {
    with_body(response, |body| body.get(..body.len() / 2).unwrap_or_default().to_vec()).await
}

/// The token response with another `token_type`.
pub(super) async fn with_token_type(response: Response, token_type: String) -> Response {
    let change = |body: &[u8]| {
        let mut answer: Object = serde_json::from_slice(body).unwrap_or_default();
        answer.insert("token_type".to_owned(), token_type.into());
        Value::Object(answer).to_string().into_bytes()
    };
    with_body(response, change).await
}

async fn with_body(response: Response, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Response {
    let (mut parts, body) = response.into_parts();
    // The endpoint's own body, which is complete.
    let body = body::read(body, MAX_RESPONSE).await.unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, change(&body).into())
}
