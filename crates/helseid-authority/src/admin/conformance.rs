//! Conformance sessions: opened, reported, ended.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::{Path, State};
use helseid_admin_api::{ConformanceReport, NewConformance};

use super::Refusal;
use super::input::Sent;
use crate::app::App;

pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Vec<ConformanceReport>> {
    Json(app.conformance.all().iter().map(|session| session.report()).collect())
}

pub(super) async fn open(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<NewConformance>,
) -> Result<(StatusCode, Json<ConformanceReport>), Refusal> {
    let session = app.conformance.open(&app, sent.profile);
    let session =
        session.map_err(|why| Refusal::wrong("no session can be opened", why, "correct the issuer"))?;
    Ok((StatusCode::CREATED, Json(session.report())))
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<ConformanceReport>, Refusal> {
    let session = app.conformance.find(&id).ok_or_else(|| Refusal::unknown("session", id))?;
    Ok(Json(session.report()))
}

pub(super) async fn end(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    if app.conformance.end(&id) { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::unknown("session", id)) }
}
