//! The authority's own keys.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use helseid_protocol::endpoint::admin::{Rotation, SigningKeyEntry};

use super::super::input::Sent;
use super::super::operations;
use super::fields::Fields;
use super::frame::{After, Frame, Page, Section, Shared, Words, done};
use super::guard::Signed;

#[derive(Template)]
#[template(path = "signing_keys.html")]
struct SigningKeysPage {
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

pub(super) async fn list(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Query(after): Query<After>,
) -> Response {
    let frame = Frame::new(&app, &signed, Section::Keys).after(after.done.as_deref());
    let Json(keys) = operations::signing_keys(State(app)).await;
    SigningKeysPage { frame, keys }.answer()
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
    match rotated {
        Ok(_) => done(&app, "/signing-keys", "rotated"),
        Err(refusal) => {
            let frame = Frame::new(&app, &signed, Section::Keys).refused(Some(refusal));
            let Json(keys) = operations::signing_keys(State(app)).await;
            SigningKeysPage { frame, keys }.answer()
        }
    }
}
