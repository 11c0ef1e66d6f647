//! Synthetic persons.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::{Listed, PersonEntry};

use super::super::state::AdminState;
use super::body::JsonBody;
use super::path::Path;
use crate::web::problem::ProblemResponse;

pub(super) async fn list(State(state): State<AdminState>) -> Json<Vec<Listed<PersonEntry>>> {
    Json(state.registry.persons())
}

pub(super) async fn put(
    State(state): State<AdminState>,
    JsonBody(person): JsonBody<PersonEntry>,
) -> Result<StatusCode, ProblemResponse> {
    state.registry.put_person(person).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    state.registry.remove_person(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
