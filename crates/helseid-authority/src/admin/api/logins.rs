//! Logins that are made and ended, for tests.

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::{LoginTokens, LoginsToEnd, PersonSignIn};

use super::super::state::AdminState;
use super::body::JsonBody;
use crate::web::problem::ProblemResponse;

pub(super) async fn sign_in(
    State(state): State<AdminState>,
    JsonBody(asked): JsonBody<PersonSignIn>,
) -> Result<Json<LoginTokens>, ProblemResponse> {
    Ok(Json(state.logins.sign_in(asked).await?))
}

pub(super) async fn end(
    State(state): State<AdminState>,
    JsonBody(which): JsonBody<LoginsToEnd>,
) -> Result<StatusCode, ProblemResponse> {
    state.logins.end(which).await?;
    Ok(StatusCode::NO_CONTENT)
}
