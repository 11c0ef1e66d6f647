//! APIs and their scopes.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::{ApiResource, Listed};
use helseid_protocol::id::Audience;
use helseid_protocol::scope::Scope;

use super::super::state::AdminState;
use super::frame::{Frame, Page};
use super::listing::{Listing, ended};
use super::read::{list, misread, set};
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use crate::web::form::{Fields, words};

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

    fn now(state: &AdminState, frame: Frame, typed: Fields) -> Self {
        Self { frame, apis: state.registry.apis(), typed }
    }
}

pub(super) async fn put(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match resource(&fields) {
        Ok(api) => state.registry.put_api(api).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    ended::<ApisPage>(&state, &session, fields, (put, "added"))
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
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = state.registry.remove_api(fields.text("audience")).await.map_err(Refusal::from);
    ended::<ApisPage>(&state, &session, Fields::default(), (removed, "removed"))
}
