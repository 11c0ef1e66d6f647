//! Faults on request, for one client each.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::ClientFaults;

use super::super::state::AdminState;
use super::body::JsonBody;
use super::path::Path;
use crate::web::problem::ProblemResponse;

pub(super) async fn show(
    State(state): State<AdminState>,
    Path(client): Path<String>,
) -> Result<Json<ClientFaults>, ProblemResponse> {
    Ok(Json(state.faults.get(&client)?))
}

pub(super) async fn put(
    State(state): State<AdminState>,
    Path(client): Path<String>,
    JsonBody(faults): JsonBody<ClientFaults>,
) -> Result<StatusCode, ProblemResponse> {
    state.faults.put(&client, faults)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(state): State<AdminState>,
    Path(client): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    state.faults.remove(&client)?;
    Ok(StatusCode::NO_CONTENT)
}
