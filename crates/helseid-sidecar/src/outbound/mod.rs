//! What programs ask for to call APIs: tokens by Texas's contract, headers with a proof, and whole calls.
//!
//! | file | what |
//! | --- | --- |
//! | `token` | `POST /api/v1/token` |
//! | `exchange` | `POST /api/v1/token/exchange` |
//! | `oauth` | `POST /oauth2/token` |
//! | `headers` | `POST /api/v1/headers` |
//! | `answered` | `POST /api/v1/answered` |
//! | `call` | `ANY /call/NAME/…` |
//! | `handles` | calls whose answers are still to be told |
//! | `calls`, `api` | the APIs and accounts, each with its client |
//! | `client` | how those clients ask the authority: how much, how long, how often |
//! | `ready` | tokens for callers who have no time |
//! | `subject` | on whose behalf a call is made |
//! | `keys` | when the clients' keys expire, and their rotation |
//! | `under_way` | requests for tokens that nobody waits for any more |

mod answered;
mod api;
mod call;
mod calls;
mod client;
mod exchange;
mod handles;
mod headers;
mod keys;
mod oauth;
mod ready;
mod replaced;
mod subject;
mod token;
mod under_way;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{any, post};

use crate::callers::{Attempts, Callers, Door, Endpoint, guarded, refuse_browsers};

pub(crate) use call::refuse_tunnels;
pub(crate) use calls::{Ambient, Calls, Clients, Known};
use oauth::OauthState;

/// The routes.
pub(crate) fn router(calls: Arc<Calls>, callers: &Arc<Callers>) -> Router {
    let door = |endpoint| Door { callers: callers.clone(), endpoint };
    let token = Router::new().route("/api/v1/token", post(token::token));
    let exchange = Router::new().route("/api/v1/token/exchange", post(exchange::exchange));
    let headers = Router::new()
        .route("/api/v1/headers", post(headers::headers))
        .route("/api/v1/answered", post(answered::answered));
    let mut call = Router::new();
    for path in ["/call/{name}", "/call/{name}/", "/call/{name}/{*rest}"] {
        call = call.route(path, any(call::call));
    }
    guarded(token, door(Endpoint::Token))
        .merge(guarded(exchange, door(Endpoint::Exchange)))
        .merge(guarded(headers, door(Endpoint::Headers)))
        .merge(guarded(call, door(Endpoint::Call)))
        .with_state(calls.clone())
        .merge(oauth_router(calls, callers))
}

/// There is no such endpoint without a key that could be its secret (threat B12).
fn oauth_router(calls: Arc<Calls>, callers: &Arc<Callers>) -> Router {
    if !callers.have_keys() {
        return Router::new();
    }
    let state = OauthState { calls, callers: callers.clone(), attempts: Attempts::default() };
    Router::new()
        .route("/oauth2/token", post(oauth::of_default))
        .route("/oauth2/token/{account}", post(oauth::of_account))
        .route_layer(from_fn(refuse_browsers))
        .with_state(Arc::new(state))
}

/// What these endpoints are told of as.
#[cfg(test)]
pub(crate) fn describe(document: &mut crate::openapi::Document) {
    token::describe(document);
    exchange::describe(document);
    oauth::describe(document);
    headers::describe(document);
    answered::describe(document);
    call::describe(document);
}
