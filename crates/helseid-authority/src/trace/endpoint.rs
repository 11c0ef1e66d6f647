//! `GET /trace/ID`, to which `error_uri` leads. Only those who know the id can read it: the client got it in a response.

use std::sync::Arc;

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use helseid_admin_api::TraceDetails;

use crate::trace::{Structured, Trace};

/// The path at which requests are explained, below the issuer.
pub(crate) const PATH: &str = "/trace";

/// The route; none if requests are not explained.
pub(crate) fn routes(trace: &Arc<Trace>) -> Router {
    match trace.explained_at {
        Some(_) => {
            Router::new().route(&format!("{PATH}/{{id}}"), routing::get(get)).with_state(trace.clone())
        }
        None => Router::new(),
    }
}

/// JSON for programs that ask for it, plain text for people. Structured claims are for the admin API alone.
async fn get(State(trace): State<Arc<Trace>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(details) = trace.explained(&id, Structured::Hidden) else {
        let gone = "there is no request with this id: the authority keeps the newest 800 of clients, 200 of each, and 200 that no client has signed, until it stops\n";
        return (StatusCode::NOT_FOUND, gone).into_response();
    };
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = match serde_json::to_string(&details) {
        Ok(json) if accept.contains("application/json") => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
        }
        _ => text(&details).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn text(details: &TraceDetails) -> String {
    details.to_string()
}
