//! Clients: registered, changed, shown, removed.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::{ClientChange, ClientRegistration, ClientsQuery, NewKey, Page, RegisteredClient};

use super::super::state::AdminState;
use super::body::JsonBody;
use super::path::Path;
use super::query::QueryParams;
use crate::web::problem::ProblemResponse;

pub(super) async fn list(
    State(state): State<AdminState>,
    QueryParams(query): QueryParams<ClientsQuery>,
) -> Json<Page<RegisteredClient>> {
    Json(state.registry.clients(query.after.as_deref().unwrap_or_default(), query.limit))
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<Json<RegisteredClient>, ProblemResponse> {
    Ok(Json(state.registry.client(&id)?))
}

pub(super) async fn register(
    State(state): State<AdminState>,
    JsonBody(registration): JsonBody<ClientRegistration>,
) -> Result<(StatusCode, Json<RegisteredClient>), ProblemResponse> {
    Ok((StatusCode::CREATED, Json(state.registry.register(registration).await?)))
}

pub(super) async fn put(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    JsonBody(registration): JsonBody<ClientRegistration>,
) -> Result<Json<RegisteredClient>, ProblemResponse> {
    Ok(Json(state.registry.put_client(&id, registration).await?))
}

pub(super) async fn patch(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<ClientChange>,
) -> Result<Json<RegisteredClient>, ProblemResponse> {
    Ok(Json(state.registry.patch_client(&id, change).await?))
}

pub(super) async fn add_key(
    State(state): State<AdminState>,
    Path(id): Path<String>,
    JsonBody(key): JsonBody<NewKey>,
) -> Result<Json<RegisteredClient>, ProblemResponse> {
    Ok(Json(state.registry.add_key(&id, key).await?))
}

pub(super) async fn remove_key(
    State(state): State<AdminState>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Json<RegisteredClient>, ProblemResponse> {
    Ok(Json(state.registry.remove_key(&id, &key).await?))
}

pub(super) async fn remove(
    State(state): State<AdminState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ProblemResponse> {
    state.registry.remove_client(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
