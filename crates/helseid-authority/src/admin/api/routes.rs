//! The routes of the API.

use ::http::header;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Router, middleware};
use helseid_admin_api::{
    ACCESS_KEYS_PATH, APIS_PATH, AUDIT_PATH, BROKEN_PATH, CLIENTS_PATH, CONFORMANCE_PATH, DELEGATIONS_PATH,
    ORGANISATIONS_PATH, PREFIX, SCENARIOS_PATH, SIGN_IN_LINKS_PATH, SIGNING_KEYS_PATH, TRACE_PATH,
};

use super::super::guard::guard;
use super::super::service::ServiceError;
use super::super::state::AdminState;
use super::{access_keys, broken, clients, conformance, faults, operations, resources, sign_in, trace};
use crate::web::problem::ProblemResponse;

/// The routes of the API; each request passes [`guard`] first, also one to a path that does not exist.
pub(in super::super) fn routes(state: &AdminState) -> Router {
    let inner =
        table().into_iter().fold(Router::new(), |router, (path, methods)| router.route(&path, methods));
    let inner = inner
        .fallback(|| async { ProblemResponse::from(ServiceError::unknown("path", "of that name")) })
        .layer(middleware::from_fn_with_state(state.clone(), guard))
        .with_state(state.clone());
    Router::new().nest(PREFIX, inner)
}

/// Each path below the prefix, with its methods.
fn table() -> Vec<(String, MethodRouter<AdminState>)> {
    let all = |path: &'static str| path.strip_prefix(PREFIX).unwrap_or(path).to_owned();
    let below = |path: &'static str, rest: &str| format!("{}{rest}", all(path));
    let one = |path: &'static str| below(path, "/{id}");
    vec![
        (all(CLIENTS_PATH), get(clients::list).post(clients::register)),
        (
            one(CLIENTS_PATH),
            get(clients::show).put(clients::put).patch(clients::patch).delete(clients::remove),
        ),
        (below(CLIENTS_PATH, "/{id}/keys"), post(clients::add_key)),
        (below(CLIENTS_PATH, "/{id}/keys/{key}"), delete(clients::remove_key)),
        (all(APIS_PATH), get(resources::apis).post(resources::put_api)),
        (one(APIS_PATH), delete(resources::remove_api)),
        (all(ORGANISATIONS_PATH), get(resources::organisations).post(resources::put_organisation)),
        (one(ORGANISATIONS_PATH), delete(resources::remove_organisation)),
        (
            all(DELEGATIONS_PATH),
            get(resources::delegations).post(resources::put_delegation).delete(resources::remove_delegation),
        ),
        (all(ACCESS_KEYS_PATH), get(access_keys::list).post(access_keys::make)),
        (one(ACCESS_KEYS_PATH), delete(access_keys::remove)),
        (all(BROKEN_PATH), get(broken::list).delete(broken::remove)),
        (all(AUDIT_PATH), get(operations::audit)),
        (all(SIGNING_KEYS_PATH), get(operations::signing_keys).post(operations::rotate)),
        (all(CONFORMANCE_PATH), get(conformance::list).post(conformance::open)),
        (one(CONFORMANCE_PATH), get(conformance::show).delete(conformance::end)),
        (all(SIGN_IN_LINKS_PATH), post(sign_in::make_link)),
        (all(TRACE_PATH), get(trace::list)),
        (below(TRACE_PATH, "/live"), get(trace::live)),
        (one(TRACE_PATH), get(trace::show)),
        (one(SCENARIOS_PATH), get(faults::show).put(faults::put).delete(faults::remove)),
        ("/openapi.json".to_owned(), get(openapi)),
    ]
}

/// What each path takes and gives (OpenAPI 3.1).
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT)
}

const DOCUMENT: &str = include_str!("openapi.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_path_is_documented_and_every_documented_one_is_there() {
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
        let documented: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
        let paths: BTreeSet<_> = table().into_iter().map(|(path, _)| format!("{PREFIX}{path}")).collect();
        assert_eq!(paths, documented);
    }
}
