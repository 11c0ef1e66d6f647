//! `/session`: what a page's script may know of the session. GET asks and does not keep it alive; POST does.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::time::Timestamp;
use serde_json::json;

use super::kind::{login_required, problem};
use super::session_cookie;
use super::state::Shared;
use crate::session::{Session, SessionError};

pub(crate) async fn get(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    answer(&shared, session_cookie::look(&shared, &headers).await)
}

pub(crate) async fn post(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let extended = match session_cookie::look(&shared, &headers).await {
        Ok(Some(session)) => shared.sessions.extend(&session).await,
        other => other,
    };
    answer(&shared, extended)
}

fn answer(shared: &Shared, session: Result<Option<Session>, SessionError>) -> Response {
    match session {
        Ok(Some(session)) => told(&session, shared),
        Ok(None) => login_required(shared),
        Err(error) => {
            tracing::warn!(%error, "a session could not be read");
            let (title, fix) = ("The session cannot be read just now", "Try again in a moment.");
            problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, fix, None)
        }
    }
}

fn told(session: &Session, shared: &Shared) -> Response {
    let now = shared.now();
    let organisation = session.organisation().map(|organisation| match organisation {
        Organisation::Child(child) => json!({ "child": child.as_str() }),
        Organisation::Parent { parent, child } => {
            json!({ "parent": parent.as_str(), "child": child.as_ref().map(OrganisationNumber::as_str) })
        }
    });
    let document = json!({
        "level": session.level().map(|level| level.name()),
        "organisation": organisation,
        "authenticated_at": session.authenticated().map(Timestamp::seconds),
        "ends_at": session.ends().seconds(),
        "ends_in": session.ends().seconds_after(now).max(0),
        "idle_ends_in": session.idle_ends().seconds_after(now).max(0),
        "epoch": session.form_epoch(),
    });
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, document.to_string()).into_response()
}
