//! The routes of the API.

use axum::{Router, middleware};
use helseid_admin_api::{PREFIX, operation};

use super::super::guard::guard;
use super::super::service::ServiceError;
use super::super::state::AdminState;
use super::served::Served;
use super::{
    access_keys, broken, clients, conformance, document, faults, logins, operations, persons, resources,
    sign_in, trace,
};
use crate::web::problem::ProblemResponse;

/// The routes of the API; each request passes [`guard`] first, also one to a path that does not exist.
pub(in super::super) fn routes(state: &AdminState) -> Router {
    let below_prefix = operations()
        .router()
        .fallback(|| async { ProblemResponse::from(ServiceError::unknown("path", "of that name")) })
        .layer(middleware::from_fn_with_state(state.clone(), guard))
        .with_state(state.clone());
    Router::new().nest(PREFIX, below_prefix)
}

fn operations() -> Served<AdminState> {
    Served::new()
        .on(operation::LIST_CLIENTS, clients::list)
        .on(operation::REGISTER_CLIENT, clients::register)
        .on(operation::SHOW_CLIENT, clients::show)
        .on(operation::PUT_CLIENT, clients::put)
        .on(operation::CHANGE_CLIENT, clients::patch)
        .on(operation::REMOVE_CLIENT, clients::remove)
        .on(operation::ADD_KEY, clients::add_key)
        .on(operation::REMOVE_KEY, clients::remove_key)
        .on(operation::LIST_APIS, resources::apis)
        .on(operation::PUT_API, resources::put_api)
        .on(operation::REMOVE_API, resources::remove_api)
        .on(operation::LIST_ORGANISATIONS, resources::organisations)
        .on(operation::PUT_ORGANISATION, resources::put_organisation)
        .on(operation::REMOVE_ORGANISATION, resources::remove_organisation)
        .on(operation::LIST_DELEGATIONS, resources::delegations)
        .on(operation::PUT_DELEGATION, resources::put_delegation)
        .on(operation::REMOVE_DELEGATION, resources::remove_delegation)
        .on(operation::LIST_PERSONS, persons::list)
        .on(operation::PUT_PERSON, persons::put)
        .on(operation::REMOVE_PERSON, persons::remove)
        .on(operation::SIGN_IN, logins::sign_in)
        .on(operation::END_LOGINS, logins::end)
        .on(operation::LIST_BROKEN, broken::list)
        .on(operation::REMOVE_BROKEN, broken::remove)
        .on(operation::LIST_ACCESS_KEYS, access_keys::list)
        .on(operation::MAKE_ACCESS_KEY, access_keys::make)
        .on(operation::REMOVE_ACCESS_KEY, access_keys::remove)
        .on(operation::AUDIT, operations::audit)
        .on(operation::SIGNING_KEYS, operations::signing_keys)
        .on(operation::ROTATE_KEYS, operations::rotate)
        .on(operation::TRACE, trace::list)
        .on(operation::TRACE_LIVE, trace::live)
        .on(operation::TRACE_ONE, trace::show)
        .on(operation::SHOW_FAULTS, faults::show)
        .on(operation::PUT_FAULTS, faults::put)
        .on(operation::REMOVE_FAULTS, faults::remove)
        // The former path, for one release.
        .on(operation::SHOW_SCENARIO, faults::show)
        .on(operation::PUT_SCENARIO, faults::put)
        .on(operation::REMOVE_SCENARIO, faults::remove)
        .on(operation::MAKE_SIGN_IN_LINK, sign_in::make_link)
        .on(operation::LIST_CONFORMANCE, conformance::list)
        .on(operation::OPEN_CONFORMANCE, conformance::open)
        .on(operation::SHOW_CONFORMANCE, conformance::show)
        .on(operation::END_CONFORMANCE, conformance::end)
        .on(operation::OPENAPI, document::show)
}
