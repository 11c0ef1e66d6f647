//! Callers of an API, checked for it: by the facts of a request, or for a proxy that asks before it hands a request on.
//!
//! | file | what |
//! | --- | --- |
//! | `introspect` | `POST /api/v1/introspect` |
//! | `validate` | `POST /api/v1/validate/NAME` |
//! | `forward_auth` | `/forward-auth/NAME` |
//! | `resource_metadata` | `GET /resource-metadata/NAME` |
//! | `original` | the request that a proxy asks about, by the headers of its kind |
//! | `claims_headers` | what the API is told of the caller |
//! | `gate` | an API that is protected |
//! | `refused` | why a request is refused, as it is told |

mod claims_headers;
mod forward_auth;
mod gate;
mod introspect;
mod original;
mod refused;
mod resource_metadata;
mod validate;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

use crate::callers::{Callers, Door, Endpoint, guarded};

pub(crate) use gate::Gates;

/// The routes.
pub(crate) fn router(gates: Arc<Gates>, callers: &Arc<Callers>) -> Router {
    let door = |endpoint| Door { callers: callers.clone(), endpoint };
    let introspect = Router::new().route("/api/v1/introspect", post(introspect::introspect));
    let validate = Router::new().route("/api/v1/validate/{name}", post(validate::validate));
    let forward = Router::new()
        .route("/forward-auth", any(forward_auth::only_gate))
        .route("/forward-auth/{name}", any(forward_auth::gate))
        .route("/forward-auth/{name}/{*path}", any(forward_auth::gate));
    let forward = forward.route("/resource-metadata/{name}", get(resource_metadata::resource_metadata));
    let (validate, forward) =
        (guarded(validate, door(Endpoint::Validate)), guarded(forward, door(Endpoint::ForwardAuth)));
    validate.merge(forward).merge(guarded(introspect, door(Endpoint::Introspect))).with_state(gates)
}

/// What these endpoints are told of as.
#[cfg(test)]
pub(crate) fn describe(document: &mut crate::openapi::Document) {
    validate::describe(document);
    forward_auth::describe(document);
    introspect::describe(document);
    resource_metadata::describe(document);
}
