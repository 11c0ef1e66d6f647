//! Pages with a list and the forms that change it: as they are opened, and as they are after a form.

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;

use super::super::state::AdminState;
use super::frame::{After, Frame, Page, done};
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use crate::web::form::Fields;

/// A page with a list.
pub(super) trait Listing: Page {
    const SECTION: Section;

    /// The page with all that is there now; its forms hold what was typed.
    fn now(state: &AdminState, frame: Frame, typed: Fields) -> Self;
}

/// The page as it is opened.
pub(super) async fn open<P: Listing>(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Query(after): Query<After>,
) -> Response {
    let frame = Frame::new(&state, &session, P::SECTION).after(after.done.as_deref());
    P::now(&state, frame, Fields::default()).answer()
}

/// Back to the list after what was done, or to the form with the reason why it was not.
pub(super) fn ended<P: Listing>(
    state: &AdminState,
    session: &AdminSession,
    typed: Fields,
    (ended, what): (Result<(), Refusal>, &str),
) -> Response {
    match ended {
        Ok(()) => done(session, P::SECTION.path(), what),
        Err(refusal) => {
            let frame = Frame::new(state, session, P::SECTION).refused(Some(refusal));
            P::now(state, frame, typed).answer()
        }
    }
}
