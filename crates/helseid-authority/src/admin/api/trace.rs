//! The trace: a list, one request opened, and requests as they come.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use helseid_admin_api::{Page, TraceDetails, TraceEntry};
use serde::Deserialize;

use super::super::service::TraceFilter;
use super::super::state::AdminState;
use super::query::QueryParams;
use crate::web::problem::ProblemResponse;
use crate::web::sse;

/// How one request is shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowQuery {
    /// With its structured claims.
    #[serde(default)]
    details: bool,
}

pub(super) async fn list(
    State(state): State<AdminState>,
    QueryParams(filter): QueryParams<TraceFilter>,
) -> Json<Page<TraceEntry>> {
    Json(state.trace.list(&filter))
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<ShowQuery>,
) -> Result<Json<TraceDetails>, ProblemResponse> {
    Ok(Json(state.trace.show(&id, query.details)?))
}

/// For the holder of the admin token, which is good as long as the authority runs.
pub(super) async fn live(
    State(state): State<AdminState>,
    QueryParams(filter): QueryParams<TraceFilter>,
) -> impl IntoResponse {
    sse::events(state.trace.live(filter, || std::future::ready(true)))
}
