//! Bytes to a call of a line, and its outcome to bytes.

use ::http::Request;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::endpoint::token::MAX_BYTES;

use super::call::{PostCall, When};
use super::line::{Line, answer};
use super::{record, response};
use crate::faults::RequestFaults;
use crate::oauth::state::OAuthState;
use crate::web::body::{self, BodyError};
use crate::web::{Peer, oauth_error};

/// The handler of an endpoint.
pub(crate) async fn serve<L: Line>(State(state): State<OAuthState>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let faults: Option<&RequestFaults> = parts.extensions.get();
    // The layer of faults counts its requests itself, before it waits for anything.
    if faults.is_none()
        && let Some(Peer(address)) = parts.extensions.get()
        && !state.limits.address(*address, state.clock.now())
    {
        return oauth_error::too_many();
    }
    let body = match body::read(body, MAX_BYTES).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return response::too_large(),
        Err(other) => return other.into_response(),
    };
    let ahead = faults.map_or(0, |faults| faults.clock_skew_seconds);
    // Only now: who sends slowly is not judged by a time that nobody remembers.
    let when = When { real: state.clock.now(), ahead };
    let answered = answer::<L>(&state, PostCall { headers: &parts.headers, body: &body, when }).await;
    let (outcome, error_uri) = record::keep(&state, answered, when);
    response::of::<L>(outcome, error_uri)
}
