//! APIs and their scopes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Extension, Json};
use helseid_admin_api::{ApiResource, Listed};
use helseid_protocol::id::Audience;
use helseid_protocol::scope::Scope;

use super::super::input::Sent;
use super::super::{Refusal, resources};
use super::fields::{Fields, list, misread, set, words};
use super::frame::{Frame, Page, Section, Shared};
use super::guard::Signed;
use super::listing::{Listing, ended};
use crate::app::App;

#[derive(Template)]
#[template(path = "apis.html")]
pub(super) struct ApisPage {
    frame: Frame,
    apis: Vec<Listed<ApiResource>>,
    typed: Fields,
}

impl Page for ApisPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Listing for ApisPage {
    const SECTION: Section = Section::Apis;

    async fn now(app: Arc<App>, frame: Frame, typed: Fields) -> Self {
        let Json(apis) = resources::apis(State(app)).await;
        Self { frame, apis, typed }
    }
}

pub(super) async fn put(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match resource(&fields) {
        Ok(api) => resources::put_api(State(app.clone()), Sent(api)).await,
        Err(refusal) => Err(refusal),
    };
    ended::<ApisPage, _>(app, &signed, fields, put, "added").await
}

fn resource(fields: &Fields) -> Result<ApiResource, Refusal> {
    let name = fields.text("audience");
    let scope = |text: &str| Scope::parse(text).map_err(|_| misread(text, "a scope such as nhn:my-api/read"));
    let claim = |text: &str| text.parse().map_err(|_| misread(text, "the name of a claim"));
    Ok(ApiResource {
        audience: Audience::parse(name)
            .map_err(|_| misread(name, "the name of an API, such as nhn:my-api"))?,
        scopes: set(words(fields.text("scopes")).map(scope).collect::<Result<Vec<_>, _>>()?)?,
        claims: list(words(fields.text("claims")).map(claim).collect::<Result<Vec<_>, _>>()?)?,
        approval: fields.given("approval").is_some(),
    })
}

pub(super) async fn remove(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = resources::remove_api(State(app.clone()), Path(fields.text("audience").to_owned())).await;
    ended::<ApisPage, _>(app, &signed, Fields::default(), removed, "removed").await
}
