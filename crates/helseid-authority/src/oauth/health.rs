//! `/health` and `/ready`: whether the process is alive, and whether tokens can be issued now.

use ::http::StatusCode;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::state::OAuthState;
use crate::web::unavailable;

pub(super) fn routes() -> Router<OAuthState> {
    Router::new().route("/health", get(|| async { "alive\n" })).route("/ready", get(ready))
}

async fn ready(State(state): State<OAuthState>) -> Response {
    match (state.keys.current(), state.replay.store.usable(state.clock.now())) {
        (Some(_), Ok(())) => (StatusCode::OK, readiness(state.registry.now().broken.len())).into_response(),
        (Some(_), Err(closed)) => unavailable(closed.why()),
        (None, _) => unavailable("the signing key is being made"),
    }
}

/// Entries that cannot be read do not keep the authority from being ready; which they are is not for strangers.
fn readiness(broken: usize) -> String {
    match broken {
        0 => "ready\n".to_owned(),
        count => format!(
            "ready\n{count} of the registry's entries cannot be read and are left out: see the log or the admin pages\n"
        ),
    }
}
