//! The token endpoint.

mod apart;
mod attested;
mod claims;
mod first_tokens;
mod granted;
mod grants;
mod issue;
mod line;
mod organisation;
mod settle;

use axum::Router;
use axum::routing::post;
use helseid_protocol::endpoint::token;

use super::signed_post::{other_method, serve};
use super::state::OAuthState;
use line::TokenLine;

pub(super) use apart::Apart;
pub(super) use grants::ServedGrant;

pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route(token::PATH, post(serve::<TokenLine>).fallback(other_method::<TokenLine>))
}
