//! Entries that cannot be read, removed.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::super::state::AdminState;
use super::frame::{done, refused};
use super::section::Section;
use super::session::AdminSession;
use crate::web::form::Fields;

pub(super) async fn remove(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    match state.registry.remove_broken(fields.text("kind"), fields.text("id")).await {
        Ok(()) => done(&session, "", "removed"),
        Err(why) => refused(&state, &session, Section::Overview, why.into()),
    }
}
