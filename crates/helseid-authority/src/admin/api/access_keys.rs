//! Keys for the stand-ins for NHN's services.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::{AccessKeyEntry, MadeAccessKey, NewAccessKey};

use super::super::state::AdminState;
use super::body::JsonBody;
use super::path::Path;
use crate::web::problem::ProblemResponse;

pub(super) async fn list(State(state): State<AdminState>) -> Json<Vec<AccessKeyEntry>> {
    Json(state.registry.access_keys())
}

pub(super) async fn make(
    State(state): State<AdminState>,
    JsonBody(wanted): JsonBody<NewAccessKey>,
) -> Result<(StatusCode, Json<MadeAccessKey>), ProblemResponse> {
    Ok((StatusCode::CREATED, Json(state.registry.make_access_key(wanted).await?)))
}

pub(super) async fn remove(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    state.registry.remove_access_key(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
