//! Pages with a list and the forms that change it: as they are opened, and as they are after a form.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;

use super::super::Refusal;
use super::fields::Fields;
use super::frame::{After, Frame, Page, Section, Shared, done};
use super::guard::Signed;
use crate::app::App;

/// A page with a list.
pub(super) trait Listing: Page {
    const SECTION: Section;

    /// The page with all that is there now; its forms hold what was typed.
    fn now(app: Arc<App>, frame: Frame, typed: Fields) -> impl Future<Output = Self> + Send;
}

/// The page as it is opened.
pub(super) async fn open<P: Listing>(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Query(after): Query<After>,
) -> Response {
    let frame = Frame::new(&app, &signed, P::SECTION).after(after.done.as_deref());
    P::now(app, frame, Fields::default()).await.answer()
}

/// Back to the list after what was done, or to the form with the reason why it was not.
pub(super) async fn ended<P: Listing, T>(
    app: Arc<App>,
    signed: &Signed,
    typed: Fields,
    ended: Result<T, Refusal>,
    what: &str,
) -> Response {
    match ended {
        Ok(_) => done(signed, P::SECTION.path(), what),
        Err(refusal) => {
            let frame = Frame::new(&app, signed, P::SECTION).refused(Some(refusal));
            P::now(app, frame, typed).await.answer()
        }
    }
}
