//! APIs, organisations and delegations.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::{ApiResource, Delegation, Listed, OrganisationEntry};

use super::super::state::AdminState;
use super::body::JsonBody;
use super::path::Path;
use crate::web::problem::ProblemResponse;

/// The answer to a change: there is nothing to say.
type Done = Result<StatusCode, ProblemResponse>;

pub(super) async fn apis(State(state): State<AdminState>) -> Json<Vec<Listed<ApiResource>>> {
    Json(state.registry.apis())
}

pub(super) async fn put_api(State(state): State<AdminState>, JsonBody(api): JsonBody<ApiResource>) -> Done {
    state.registry.put_api(api).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_api(State(state): State<AdminState>, Path(audience): Path<String>) -> Done {
    state.registry.remove_api(&audience).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn organisations(State(state): State<AdminState>) -> Json<Vec<Listed<OrganisationEntry>>> {
    Json(state.registry.organisations())
}

pub(super) async fn put_organisation(
    State(state): State<AdminState>,
    JsonBody(entry): JsonBody<OrganisationEntry>,
) -> Done {
    state.registry.put_organisation(entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_organisation(State(state): State<AdminState>, Path(number): Path<String>) -> Done {
    state.registry.remove_organisation(&number).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delegations(State(state): State<AdminState>) -> Json<Vec<Listed<Delegation>>> {
    Json(state.registry.delegations())
}

pub(super) async fn put_delegation(
    State(state): State<AdminState>,
    JsonBody(delegation): JsonBody<Delegation>,
) -> Done {
    state.registry.put_delegation(delegation).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_delegation(
    State(state): State<AdminState>,
    JsonBody(delegation): JsonBody<Delegation>,
) -> Done {
    state.registry.remove_delegation(delegation).await?;
    Ok(StatusCode::NO_CONTENT)
}
