//! `GET /trace/ID`: where `error_uri` leads. Whoever has the id got the answer that named it, or was shown it.

use std::sync::Arc;

use ::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};
use helseid_admin_api::TraceDetails;

use crate::app::App;
use crate::trace::Structured;

/// What `error_uri` has below the issuer, before the id.
const PATH: &str = "/trace";

/// Nothing where the admin is off.
pub(crate) fn routes(app: &App) -> Router<Arc<App>> {
    if !app.explains_requests() {
        return Router::new();
    }
    Router::new().route(&format!("{PATH}/{{id}}"), routing::get(get))
}

/// Where a refused request of this id is explained.
pub(crate) fn error_uri(app: &App, id: &str) -> Option<String> {
    app.explains_requests().then(|| app.issuer.at(&format!("{PATH}/{id}")))
}

/// JSON for programs that ask for it, plain text for people. Structured claims are for the admin API alone.
async fn get(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(request) = app.trace.find(&id) else {
        let gone = "no request of this id is kept: the newest 800 of clients are, 200 of each, and 200 of strangers, until the authority stops\n";
        return (StatusCode::NOT_FOUND, gone).into_response();
    };
    let details = request.details(Structured::Hidden);
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
