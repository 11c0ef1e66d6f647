//! Conformance sessions: opened, reported, ended.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::{ConformanceReport, NewConformance};

use super::super::state::AdminState;
use super::body::JsonBody;
use super::path::Path;
use crate::web::problem::ProblemResponse;

pub(super) async fn list(State(state): State<AdminState>) -> Json<Vec<ConformanceReport>> {
    Json(state.conformance.list())
}

pub(super) async fn open(
    State(state): State<AdminState>,
    JsonBody(wanted): JsonBody<NewConformance>,
) -> Result<(StatusCode, Json<ConformanceReport>), ProblemResponse> {
    Ok((StatusCode::CREATED, Json(state.conformance.open(wanted).await?)))
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<ConformanceReport>, ProblemResponse> {
    Ok(Json(state.conformance.report(&id)?))
}

pub(super) async fn end(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    state.conformance.end(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
