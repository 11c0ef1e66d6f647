//! The authority's own keys.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::{Rotation, SigningKeyEntry};

use super::super::state::AdminState;
use super::frame::{Frame, Page};
use super::listing::{Listing, ended};
use super::read::parsed;
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use super::translations::Words;
use crate::web::form::Fields;

#[derive(Template)]
#[template(path = "signing_keys.html")]
pub(super) struct SigningKeysPage {
    frame: Frame,
    keys: Vec<SigningKeyEntry>,
}

impl SigningKeysPage {
    fn state(&self, key: &SigningKeyEntry) -> Words {
        match key.state.as_str() {
            "signing" => Words("signing"),
            "next" => Words("next to sign"),
            "published" => Words("published"),
            _ => Words("expired"),
        }
    }
}

impl Page for SigningKeysPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Listing for SigningKeysPage {
    const SECTION: Section = Section::Keys;

    /// What was typed into its form does not come back.
    fn now(state: &AdminState, frame: Frame, _: Fields) -> Self {
        Self { frame, keys: state.signing_keys.list() }
    }
}

pub(super) async fn rotate(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let rotation = parsed(&fields, "lead", "a number of seconds", |text| text.parse().ok());
    let rotated = match rotation {
        Ok(lead) => {
            let rotation = Rotation { lead_seconds: lead.unwrap_or_default() };
            state.signing_keys.rotate(rotation).await.map(drop).map_err(Refusal::from)
        }
        Err(refusal) => Err(refusal),
    };
    ended::<SigningKeysPage>(&state, &session, fields, (rotated, "rotated"))
}
