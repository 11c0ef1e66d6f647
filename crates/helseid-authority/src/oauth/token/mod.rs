//! The token endpoint.

mod call;
mod claims;
mod endpoint;
mod grants;
mod line;
mod organisation;
mod record;
mod redeem;
mod response;

use axum::Router;
use axum::routing::post;
use helseid_protocol::endpoint::token;

use super::state::OAuthState;

pub(super) use grants::GRANTS;

pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route(token::PATH, post(endpoint::post).fallback(response::other_method))
}
