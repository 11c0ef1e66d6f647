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
use helseid_protocol::endpoint::admin::{APIS_PATH, CLIENTS_PATH, DELEGATIONS_PATH, ORGANISATIONS_PATH};

use crate::app::App;

pub(crate) use access::Access;
use problem::Refusal;

/// The most bytes of a request.
const MAX_BYTES: usize = 64 * 1024;

/// The routes; each request passes [`access::guard`] first.
pub(crate) fn routes(app: &Arc<App>) -> Router {
    let one = |path: &str| format!("{path}/{{id}}");
    Router::new()
        .route(CLIENTS_PATH, get(clients::list).post(clients::register))
        .route(&one(CLIENTS_PATH), get(clients::show).put(clients::put).delete(clients::remove))
        .route(APIS_PATH, get(resources::apis).post(resources::put_api))
        .route(&one(APIS_PATH), axum::routing::delete(resources::remove_api))
        .route(ORGANISATIONS_PATH, get(resources::organisations).post(resources::put_organisation))
        .route(&one(ORGANISATIONS_PATH), axum::routing::delete(resources::remove_organisation))
        .route(
            DELEGATIONS_PATH,
            get(resources::delegations).post(resources::put_delegation).delete(resources::remove_delegation),
        )
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), access::guard))
        .with_state(app.clone())
}
