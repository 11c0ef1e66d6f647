//! The trace: a list, one request opened, and requests as they come.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::Event;
use futures_util::Stream;
use helseid_admin_api::{LiveTraceQuery, Page, TraceDetails, TraceDetailsQuery, TraceEntry, TraceQuery};

use super::super::state::AdminState;
use super::path::Path;
use super::query::QueryParams;
use crate::web::problem::ProblemResponse;
use crate::web::sse;

pub(super) async fn list(
    State(state): State<AdminState>,
    QueryParams(query): QueryParams<TraceQuery>,
) -> Json<Page<TraceEntry>> {
    Json(state.trace.list(&query))
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    QueryParams(query): QueryParams<TraceDetailsQuery>,
) -> Result<Json<TraceDetails>, ProblemResponse> {
    Ok(Json(state.trace.show(&id, query.details)?))
}

/// For the holder of the admin token, which is good as long as the authority runs.
pub(super) async fn live(
    State(state): State<AdminState>,
    QueryParams(LiveTraceQuery { client, login, outcome }): QueryParams<LiveTraceQuery>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let query = TraceQuery { client, login, outcome, ..TraceQuery::default() };
    sse::events(state.trace.live(query, || std::future::ready(true)))
}
