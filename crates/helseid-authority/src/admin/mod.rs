//! The JSON API of the registry, under `/admin/api`: for the holder of the admin token, and for nobody else.

mod access;
mod clients;
mod problem;
mod resources;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use helseid_protocol::endpoint::admin::{
    APIS_PATH, CLIENTS_PATH, DELEGATIONS_PATH, ORGANISATIONS_PATH, PREFIX,
};

use crate::app::App;

pub(crate) use access::Access;
pub(crate) use clients::put_registration;
pub(crate) use problem::Refusal;
pub(crate) use resources::put_api_resource;

/// The most bytes of a request.
const MAX_BYTES: usize = 64 * 1024;

/// The routes; each request passes [`access::guard`] first, also one to a path that does not exist.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    let all = |path: &'static str| path.strip_prefix(PREFIX).unwrap_or(path);
    let one = |path: &'static str| format!("{}/{{id}}", all(path));
    let inner = Router::new()
        .route(all(CLIENTS_PATH), get(clients::list).post(clients::register))
        .route(&one(CLIENTS_PATH), get(clients::show).put(clients::put).delete(clients::remove))
        .route(all(APIS_PATH), get(resources::apis).post(resources::put_api))
        .route(&one(APIS_PATH), axum::routing::delete(resources::remove_api))
        .route(all(ORGANISATIONS_PATH), get(resources::organisations).post(resources::put_organisation))
        .route(&one(ORGANISATIONS_PATH), axum::routing::delete(resources::remove_organisation))
        .route(
            all(DELEGATIONS_PATH),
            get(resources::delegations).post(resources::put_delegation).delete(resources::remove_delegation),
        )
        .fallback(|| async { Refusal::unknown("path", "of that name") })
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), access::guard))
        .with_state(app.clone());
    Router::new().nest(PREFIX, inner)
}
