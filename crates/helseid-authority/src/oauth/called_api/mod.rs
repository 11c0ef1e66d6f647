//! The API of a session of conformance: it takes every call, and hands those on that broke no rule if an API stands behind it. What its
//! callers' tokens and proofs are like, by the rules that every API holds them to, stands in the session's report.
//!
//! | file | what |
//! | --- | --- |
//! | `judge` | a call by its head: token, proof, and what the session's API demands |
//! | `demands` | what it demands besides a good token |
//! | `forward` | a call to the API behind, and its answer back |
//! | `passed` | which headers pass, and in which direction |
//! | `bounded` | bodies, bounded in size and time |
//! | `pumped` | the body of an answer, whose reader keeps no place |

mod bounded;
mod demands;
mod forward;
mod judge;
mod passed;
mod pumped;

use std::sync::Arc;

use ::http::{Request, StatusCode};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use helseid_admin_api::SessionDemands;
use helseid_protocol::dpop::NonceKey;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::id::Audience;
use helseid_protocol::random::bytes32;
use serde_json::json;

use super::state::OAuthState;
use crate::conformance::CheckedApi;
use crate::trace::Trace;
use crate::web::{Peer, body, oauth_error};
use forward::Forwarding;
use judge::Judged;

/// Where the API is, below the session's issuer. All below it is the API too.
pub(crate) const PATH: &str = "/api";

/// What every call of a session's API is judged by.
#[derive(Clone)]
struct CalledApi {
    /// With the trace of the calls.
    oauth: OAuthState,
    /// The registered API that it is; all of them if none.
    audience: Option<Audience>,
    demands: SessionDemands,
    /// Of its own: what the token endpoint hands out is no nonce of an API.
    nonces: Option<Arc<NonceKey>>,
    /// The API behind it.
    forwarding: Option<Arc<Forwarding>>,
}

/// The API, and what came to it: apart from what came to the issuer, so that many calls crowd out no login.
pub(crate) fn served(state: &OAuthState, api: CheckedApi) -> (Router, Arc<Trace>) {
    let CheckedApi { audience, demands, upstream } = api;
    let calls = Arc::new(Trace::new());
    let oauth = OAuthState { trace: calls.clone(), ..state.clone() };
    let nonces = demands.nonce.then(|| Arc::new(NonceKey::new(&bytes32(&*oauth.random))));
    let forwarding = upstream
        .map(|upstream| Arc::new(Forwarding::to(upstream, oauth.issuer.name.at(PATH), oauth.clone())));
    let called = CalledApi { oauth, audience, demands, nonces, forwarding };
    let routes = Router::new().route(PATH, any(handle)).route(&format!("{PATH}/"), any(handle));
    let routes = routes.route(&format!("{PATH}/{{*path}}"), any(handle));
    (routes.with_state(called), calls)
}

async fn handle(State(api): State<CalledApi>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if let Some(Peer(address)) = parts.extensions.get()
        && !api.oauth.limits.address(*address, api.oauth.clock.now())
    {
        return oauth_error::too_many();
    }
    // Judged by its head alone, before its body arrives. Who is answered while sending would see a broken connection.
    let (mut response, nonce) = match (judge::judged(&api, &parts).await, &api.forwarding) {
        (Judged::Refused(refusal), _) => {
            body::discard(body).await;
            return refusal;
        }
        (Judged::Passed { nonce }, Some(forwarding)) => (forwarding.forward(parts, body).await, nonce),
        (Judged::Passed { nonce }, None) => {
            body::discard(body).await;
            let told = json!({ "judged_at": api.oauth.issuer.name });
            (oauth_error::json(StatusCode::OK, told.to_string()), nonce)
        }
    };
    if api.nonces.is_some() {
        // One of the API behind is none of this one's.
        response.headers_mut().remove(NONCE_HEADER);
    }
    if let Some(nonce) = nonce {
        response.headers_mut().insert(NONCE_HEADER, nonce);
    }
    response
}
