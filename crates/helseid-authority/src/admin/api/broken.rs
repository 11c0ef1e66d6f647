//! Entries that cannot be read.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::BrokenEntry;

use super::super::state::AdminState;
use super::body::JsonBody;
use crate::web::problem::ProblemResponse;

pub(super) async fn list(State(state): State<AdminState>) -> Json<Vec<BrokenEntry>> {
    Json(state.registry.broken_entries())
}

/// By kind and name in the body: no path may be able to hold a name that cannot be read.
pub(super) async fn remove(
    State(state): State<AdminState>,
    JsonBody(entry): JsonBody<BrokenEntry>,
) -> Result<StatusCode, ProblemResponse> {
    state.registry.remove_broken(&entry.kind, &entry.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
