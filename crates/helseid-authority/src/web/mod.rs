//! HTTP without any endpoint: connections, bodies, limits, and the forms of responses.

mod activity;
pub(crate) mod body;
mod connection;
pub(crate) mod cookie;
pub(crate) mod csp;
pub(crate) mod csrf;
mod date;
pub(crate) mod form;
pub(crate) mod header;
pub(crate) mod language;
pub(crate) mod network;
pub(crate) mod oauth_error;
pub(crate) mod origin;
pub(crate) mod phrases;
mod places;
pub(crate) mod problem;
pub(crate) mod rate_limit;
pub(crate) mod rule_text;
mod server;
pub(crate) mod sse;
mod stream;

use ::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

pub(crate) use connection::Peer;
pub(crate) use date::http_date;
pub(crate) use places::{MAX_ADMIN_CONNECTIONS, MAX_CONNECTIONS, Places, Unlimited, with_handles};
pub(crate) use server::{Listener, Server};

/// 503: nothing is wrong with the request, and the same may be sent again.
pub(crate) fn unavailable(why: &str) -> Response {
    let headers = [(::http::header::RETRY_AFTER, HeaderValue::from_static("1"))];
    (StatusCode::SERVICE_UNAVAILABLE, headers, format!("{why}\n")).into_response()
}
