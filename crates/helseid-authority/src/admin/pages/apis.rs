//! APIs and their scopes.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use helseid_protocol::endpoint::admin::{ApiResource, Listed};
use helseid_protocol::id::Audience;
use helseid_protocol::scope::{Scope, ScopeSet};

use super::super::input::Sent;
use super::super::{Refusal, resources};
use super::fields::{Fields, misread, words};
use super::frame::{After, Frame, Page, Section, Shared, done};
use super::guard::Signed;

#[derive(Template)]
#[template(path = "apis.html")]
struct ApisPage {
    frame: Frame,
    apis: Vec<Listed<ApiResource>>,
    typed: Fields,
}

impl Page for ApisPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

pub(super) async fn list(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Query(after): Query<After>,
) -> Response {
    let frame = Frame::new(&state.0, &signed, Section::Apis).after(after.done.as_deref());
    page(state, frame, Fields::default()).await
}

async fn page(state: Shared, frame: Frame, typed: Fields) -> Response {
    let Json(apis) = resources::apis(state).await;
    ApisPage { frame, apis, typed }.answer()
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
    match put {
        Ok(_) => done(&app, "/apis", "added"),
        Err(refusal) => {
            let frame = Frame::new(&app, &signed, Section::Apis).refused(Some(refusal));
            page(State(app), frame, fields).await
        }
    }
}

fn resource(fields: &Fields) -> Result<ApiResource, Refusal> {
    let name = fields.text("audience");
    let scope = |text: &str| Scope::parse(text).map_err(|_| misread(text, "a scope such as nhn:my-api/read"));
    Ok(ApiResource {
        audience: Audience::parse(name)
            .map_err(|_| misread(name, "the name of an API, such as nhn:my-api"))?,
        scopes: words(fields.text("scopes")).map(scope).collect::<Result<ScopeSet, _>>()?,
        claims: words(fields.text("claims")).map(str::to_owned).collect(),
        approval: fields.given("approval").is_some(),
    })
}

pub(super) async fn remove(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    match resources::remove_api(State(app.clone()), Path(fields.text("audience").to_owned())).await {
        Ok(_) => done(&app, "/apis", "removed"),
        Err(refusal) => {
            let frame = Frame::new(&app, &signed, Section::Apis).refused(Some(refusal));
            page(State(app), frame, Fields::default()).await
        }
    }
}
