//! HTTP: bytes to requests, replies to bytes. Decides nothing.

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
mod not_there;
pub(crate) mod origin;
mod places;
pub(crate) mod problem;
pub(crate) mod rate_limit;
mod server;
pub(crate) mod sse;
mod stream;

use std::sync::Arc;

use ::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use helseid_protocol::endpoint;
use helseid_protocol::endpoint::metadata::OAUTH_PATH;
use url::Url;

use crate::admin::{self, AdminMount};
use crate::app::App;
use crate::conformance;
use crate::nhn::{guard, self_service, test_tokens};
use crate::oauth::discovery;
use crate::oauth::token::endpoint as token;
use crate::trace::endpoint as trace;

pub(crate) use connection::Peer;
pub(crate) use date::http_date;
pub(crate) use not_there::answer as not_there;
pub(crate) use places::{MAX_ADMIN_CONNECTIONS, MAX_CONNECTIONS, Places, Unlimited, with_handles};
pub(crate) use server::{Listener, Server};

/// Every route, below the issuer's path.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let doubles = self_service::routes().merge(test_tokens::routes());
    let doubles = doubles.layer(middleware::from_fn_with_state(app.doubles_guard(), guard::guard));
    let routes = endpoints(app).merge(doubles).fallback(conformance::enter).with_state(app.clone());
    let routes = if matches!(app.admin_mount, AdminMount::WithIssuer(_)) {
        routes.merge(admin::routes(&app.admin_state()))
    } else {
        routes
    };
    let sessions = format!("{OAUTH_PATH}{}/{{session}}", issuer_path(app));
    let sessions = Router::new().route(&sessions, get(conformance::metadata));
    below_issuer(app, routes).merge(sessions.with_state(app.clone()))
}

/// The routes of a session that reports what a client does.
pub(crate) fn session_router(app: &Arc<App>) -> Router {
    below_issuer(app, endpoints(app).fallback(not_there::not_there).with_state(app.clone()))
}

/// What clients call.
fn endpoints(app: &App) -> Router<Arc<App>> {
    let routes =
        discovery::routes().route(endpoint::token::PATH, post(token::post).fallback(token::other_method));
    routes.merge(health()).merge(trace::routes(app))
}

/// `/health` and `/ready` are also at the root, for those who only know the port.
fn below_issuer(app: &Arc<App>, routes: Router) -> Router {
    let path = issuer_path(app);
    if path.is_empty() {
        return routes;
    }
    let inserted = Router::new().route(&format!("{OAUTH_PATH}{path}"), discovery::before_the_path());
    let outside = health().merge(inserted).fallback(not_there::not_there).with_state(app.clone());
    Router::new().nest(&path, routes).merge(outside)
}

/// Without a slash at its end.
fn issuer_path(app: &App) -> String {
    Url::parse(app.issuer.as_str()).map_or(String::new(), |url| url.path().trim_end_matches('/').to_owned())
}

fn health() -> Router<Arc<App>> {
    let ready = |axum::extract::State(app): axum::extract::State<Arc<App>>| async move {
        match (app.signing.ready(), app.fleeting.usable(app.clock.now())) {
            (Some(_), Ok(())) => (StatusCode::OK, readiness(app.registry.now().broken.len())).into_response(),
            (Some(_), Err(closed)) => self::unavailable(closed.why()),
            (None, _) => unavailable("the signing key is being made"),
        }
    };
    Router::new().route("/health", get(|| async { "alive\n" })).route("/ready", get(ready))
}

/// Ready it is without the entries that cannot be read; which they are is not for strangers.
fn readiness(broken: usize) -> String {
    match broken {
        0 => "ready\n".to_owned(),
        count => format!(
            "ready\n{count} of the registry's entries cannot be read and are left out: see the log or the admin pages\n"
        ),
    }
}

/// 503: nothing is wrong with the request, and the same may be sent again.
pub(crate) fn unavailable(why: &str) -> Response {
    let headers = [(::http::header::RETRY_AFTER, HeaderValue::from_static("1"))];
    (StatusCode::SERVICE_UNAVAILABLE, headers, format!("{why}\n")).into_response()
}
