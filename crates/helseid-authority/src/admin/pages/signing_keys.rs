//! The authority's own keys.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use helseid_admin_api::{Rotation, SigningKeyEntry};

use super::super::input::Sent;
use super::super::operations;
use super::fields::Fields;
use super::frame::{Frame, Page, Section, Shared, Words};
use super::guard::Signed;
use super::listing::{Listing, ended};
use crate::app::App;

#[derive(Template)]
#[template(path = "signing_keys.html")]
pub(super) struct SigningKeysPage {
    frame: Frame,
    keys: Vec<SigningKeyEntry>,
}

impl SigningKeysPage {
    fn state(&self, key: &SigningKeyEntry) -> Words {
        match key.state.as_str() {
            "signing" => Words("signs"),
            "next" => Words("signs next"),
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

    /// Its form begins anew each time.
    async fn now(app: Arc<App>, frame: Frame, _: Fields) -> Self {
        let Json(keys) = operations::signing_keys(State(app)).await;
        Self { frame, keys }
    }
}

pub(super) async fn rotate(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let rotation = fields.parsed("lead", "a number of seconds", |text| text.parse().ok());
    let rotated = match rotation {
        Ok(lead) => {
            let rotation = Rotation { lead_seconds: lead.unwrap_or_default() };
            operations::rotate(State(app.clone()), Sent(rotation)).await
        }
        Err(refusal) => Err(refusal),
    };
    ended::<SigningKeysPage, _>(app, &signed, fields, rotated, "rotated").await
}
