//! The endpoints of one issuer: metadata and keys, the token endpoint, and those by which people log in and out.
//!
//! A token request goes through `signed_post::endpoint`, `signed_post::line`, `token::line`, `client_auth`, `binding`, one of
//! `token::grants`, `token::claims`, `signed_post::redeem` and `signed_post::response`, in this order.

mod authorize;
mod back_channel;
mod binding;
pub(crate) mod called_api;
mod challenge;
mod client_auth;
mod discovery;
mod end_session;
mod ending;
mod health;
mod introspection;
mod issued;
mod not_found;
#[cfg(feature = "nhn")]
pub(crate) mod own_api;
mod revocation;
mod sign_in;
mod signed_post;
mod state;
mod test_mark;
#[cfg(test)]
mod tests;
mod token;
mod user;
mod userinfo;

use axum::Router;
use helseid_protocol::endpoint::metadata::OAUTH_PATH;
use helseid_protocol::rule::Endpoint;

use crate::faults::FaultLayer;
use crate::trace;

pub(crate) use authorize::finish;
pub(crate) use ending::{end_client, end_person, end_session};
pub(crate) use sign_in::{NotSignedIn, SignIn, sign_in};
pub(crate) use state::{Backend, IssuerSecrets, OAuthState, UserLogin};
#[cfg(feature = "nhn")]
pub(crate) use test_mark::MARK as TEST_TOKEN_MARK;

/// The endpoints of an issuer, with faults around those that clients call, if they are on. Whatever else is asked for is
/// answered by 404.
pub(crate) fn endpoints(state: &OAuthState, faults: Option<FaultLayer>) -> Router {
    let endpoints = discovery::routes().merge(token::routes());
    let endpoints = match &state.login {
        Some(_) => endpoints
            .merge(authorize::routes())
            .merge(end_session::routes())
            .merge(userinfo::routes())
            .merge(revocation::routes())
            .merge(introspection::routes()),
        None => endpoints,
    };
    let endpoints = match faults {
        Some(faults) => endpoints.layer(faults),
        None => endpoints,
    };
    let endpoints = endpoints.merge(health::routes()).fallback(not_found::not_found);
    endpoints.with_state(state.clone()).merge(trace::endpoint::routes(&state.trace))
}

/// The endpoints whose rules an issuer holds its callers to: the token endpoint once for each grant.
pub(crate) fn judged(state: &OAuthState) -> Vec<Endpoint> {
    let of_people = [
        Endpoint::Par,
        Endpoint::Authorize,
        Endpoint::UserInfo,
        Endpoint::EndSession,
        Endpoint::Revocation,
        Endpoint::Introspection,
    ];
    let of_people = of_people.into_iter().filter(|_| state.login.is_some());
    token::ServedGrant::types(state).into_iter().map(Endpoint::Token).chain(of_people).collect()
}

/// Puts what an issuer serves below the path of its name.
pub(crate) fn mount(state: &OAuthState, below: Router) -> Router {
    let path = state.issuer.path();
    if path.is_empty() {
        return below;
    }
    // Load balancers that know only the port ask for health at the root; RFC 8414 section 3.1 has the metadata before the path.
    let before = Router::new().route(&format!("{OAUTH_PATH}{path}"), discovery::metadata());
    let outside = health::routes().merge(before).fallback(not_found::not_found).with_state(state.clone());
    Router::new().nest(&path, below).merge(outside)
}
