//! Links that open the pages.

use axum::Json;
use axum::extract::State;
use helseid_admin_api::SignInLink;

use super::super::service::sign_in_link;
use super::super::state::AdminState;
use crate::web::problem::ProblemResponse;

pub(super) async fn make_link(State(state): State<AdminState>) -> Result<Json<SignInLink>, ProblemResponse> {
    Ok(Json(sign_in_link(&state.site, &state.sign_in).await?))
}
