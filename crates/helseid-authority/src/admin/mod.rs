//! The JSON API of the registry, under `/admin/api`, for the holder of the admin token; and pages over the same
//! functions, under `/admin`, for the holder of a session. For nobody else.

mod access;
mod access_keys;
mod broken;
mod clients;
mod conformance;
mod input;
mod operations;
mod pages;
mod problem;
mod resources;
mod scenarios;
mod trace;

use std::sync::Arc;

use ::http::header;
use axum::Router;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use helseid_admin_api::{
    ACCESS_KEYS_PATH, APIS_PATH, AUDIT_PATH, BROKEN_PATH, CLIENTS_PATH, CONFORMANCE_PATH, DELEGATIONS_PATH,
    ORGANISATIONS_PATH, PREFIX, SCENARIOS_PATH, SIGN_IN_LINKS_PATH, SIGNING_KEYS_PATH, TRACE_PATH,
};

use crate::app::App;

pub(crate) use access::{Access, guard_origin};
pub(crate) use access_keys::find as find_access_key;
pub(crate) use pages::{Pages, sign_in_link};
pub(crate) use problem::Refusal;

/// The API and the pages.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    api(app).merge(pages::routes(app))
}

/// The routes of the API; each request passes [`access::guard`] first, also one to a path that does not exist.
fn api(app: &Arc<App>) -> Router {
    let all = |path: &'static str| path.strip_prefix(PREFIX).unwrap_or(path);
    let one = |path: &'static str| format!("{}/{{id}}", all(path));
    let inner = Router::new()
        .route(all(CLIENTS_PATH), get(clients::list).post(clients::register))
        .route(
            &one(CLIENTS_PATH),
            get(clients::show).put(clients::put).patch(clients::patch).delete(clients::remove),
        )
        .route(&format!("{}/keys", one(CLIENTS_PATH)), axum::routing::post(clients::add_key))
        .route(&format!("{}/keys/{{key}}", one(CLIENTS_PATH)), axum::routing::delete(clients::remove_key))
        .route(all(APIS_PATH), get(resources::apis).post(resources::put_api))
        .route(&one(APIS_PATH), axum::routing::delete(resources::remove_api))
        .route(all(ORGANISATIONS_PATH), get(resources::organisations).post(resources::put_organisation))
        .route(&one(ORGANISATIONS_PATH), axum::routing::delete(resources::remove_organisation))
        .route(
            all(DELEGATIONS_PATH),
            get(resources::delegations).post(resources::put_delegation).delete(resources::remove_delegation),
        )
        .route(all(ACCESS_KEYS_PATH), get(access_keys::list).post(access_keys::make))
        .route(&one(ACCESS_KEYS_PATH), axum::routing::delete(access_keys::remove))
        .route(all(BROKEN_PATH), get(broken::list).delete(broken::remove))
        .route(all(AUDIT_PATH), get(operations::audit))
        .route(all(SIGNING_KEYS_PATH), get(operations::signing_keys).post(operations::rotate))
        .route(all(CONFORMANCE_PATH), get(conformance::list).post(conformance::open))
        .route(&one(CONFORMANCE_PATH), get(conformance::show).delete(conformance::end))
        .route(all(SIGN_IN_LINKS_PATH), axum::routing::post(pages::make_link))
        .route(all(TRACE_PATH), get(trace::list))
        .route(&format!("{}/live", all(TRACE_PATH)), get(trace::live))
        .route(&one(TRACE_PATH), get(trace::show))
        .route(&one(SCENARIOS_PATH), get(scenarios::show).put(scenarios::put).delete(scenarios::remove))
        .route("/openapi.json", get(openapi))
        .fallback(|| async { Refusal::unknown("path", "of that name") })
        .layer(middleware::from_fn_with_state(app.clone(), access::guard))
        .with_state(app.clone());
    Router::new().nest(PREFIX, inner)
}

/// What each path takes and gives (OpenAPI 3.1).
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("openapi.json"))
}
