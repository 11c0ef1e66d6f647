//! The routes of the API and the pages.

use axum::Router;

use super::state::AdminState;
use super::{api, pages};

/// The API and the pages.
pub(crate) fn routes(state: &AdminState) -> Router {
    api::routes(state).merge(pages::routes(state))
}
