//! Authorization requests: pushed by their client (RFC 9126) or brought by a browser (RFC 6749 section 4.1.1), then a login, and
//! the answer.
//!
//! 1. [`par`] and [`endpoint`] judge a request by one walk of rules; what comes of it is stored, or sealed in the page.
//! 2. [`visit`] decides whether somebody must log in: an earlier login counts, or a test says who, or the page of `login` asks.
//! 3. [`finish`] goes on when the page was answered.
//! 4. [`answer`] uses the request up, stores the code, and sends the browser back.

mod answer;
mod apart;
mod endpoint;
mod facts;
mod finish;
mod fresh;
mod par;
mod pushed;
mod record;
mod refused;
mod request;
mod visit;

use ::http::{StatusCode, header};
use axum::Router;
use axum::response::IntoResponse;
use axum::routing::{any, post};
use helseid_protocol::authorize::{PAR_PATH, PATH};

use super::signed_post::{other_method, serve};
use super::state::OAuthState;
use par::ParLine;

pub(super) use apart::granted_apart;
pub(crate) use finish::finish;

/// The routes of an issuer at which people log in.
pub(super) fn routes() -> Router<OAuthState> {
    Router::new()
        .route(PAR_PATH, post(serve::<ParLine>).fallback(other_method::<ParLine>))
        .route(PATH, any(endpoint::handle).head(not_by_head))
}

/// A request is answered once, and whoever asks by HEAD throws the answer away.
async fn not_by_head() -> impl IntoResponse {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")])
}
