//! What an operator asks for: the log of changes, and the signing keys.

use axum::Json;
use axum::extract::State;
use helseid_admin_api::{AuditEntry, AuditQuery, Page, Rotation, SigningKeyEntry};

use super::super::state::AdminState;
use super::body::JsonBody;
use super::query::QueryParams;
use crate::web::problem::ProblemResponse;

pub(super) async fn audit(
    State(state): State<AdminState>,
    QueryParams(query): QueryParams<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, ProblemResponse> {
    Ok(Json(state.registry.audit(query.before, query.limit).await?))
}

pub(super) async fn signing_keys(State(state): State<AdminState>) -> Json<Vec<SigningKeyEntry>> {
    Json(state.signing_keys.list())
}

pub(super) async fn rotate(
    State(state): State<AdminState>,
    JsonBody(rotation): JsonBody<Rotation>,
) -> Result<Json<Vec<SigningKeyEntry>>, ProblemResponse> {
    Ok(Json(state.signing_keys.rotate(rotation).await?))
}
