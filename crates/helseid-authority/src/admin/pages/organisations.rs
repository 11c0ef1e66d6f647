//! Organisations, and whom they let act for them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::{Extension, Json};
use helseid_admin_api::{Delegation, Listed, OrganisationEntry};

use super::super::input::Sent;
use super::super::{Refusal, resources};
use super::fields::{Fields, misread};
use super::frame::{Frame, Page, Section, Shared};
use super::guard::Signed;
use super::listing::{Listing, ended};
use crate::app::App;

#[derive(Template)]
#[template(path = "organisations.html")]
pub(super) struct OrganisationsPage {
    frame: Frame,
    organisations: Vec<Listed<OrganisationEntry>>,
    delegations: Vec<Listed<Delegation>>,
    typed: Fields,
}

impl OrganisationsPage {
    /// Its name, if it is registered.
    fn name(&self, number: &helseid_protocol::details::OrganisationNumber) -> &str {
        let known = self.organisations.iter().find(|listed| listed.entry.number == *number);
        known.map_or("", |listed| listed.entry.name.as_str())
    }
}

impl Page for OrganisationsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Listing for OrganisationsPage {
    const SECTION: Section = Section::Organisations;

    async fn now(app: Arc<App>, frame: Frame, typed: Fields) -> Self {
        let Json(organisations) = resources::organisations(State(app.clone())).await;
        let Json(delegations) = resources::delegations(State(app)).await;
        Self { frame, organisations, delegations, typed }
    }
}

pub(super) async fn put(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match entry(&fields) {
        Ok(entry) => resources::put_organisation(State(app.clone()), Sent(entry)).await,
        Err(refusal) => Err(refusal),
    };
    ended::<OrganisationsPage, _>(app, &signed, fields, put, "added").await
}

fn entry(fields: &Fields) -> Result<OrganisationEntry, Refusal> {
    let name = fields.text("name");
    Ok(OrganisationEntry {
        number: fields.number("number")?.ok_or_else(|| misread("", "an organisation number"))?,
        name: name.parse().map_err(|_| {
            misread(name, "a name of at most 200 characters, none of them a control character")
        })?,
        children: fields.numbers("children")?,
    })
}

pub(super) async fn remove(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed =
        resources::remove_organisation(State(app.clone()), Path(fields.text("remove").to_owned())).await;
    ended::<OrganisationsPage, _>(app, &signed, Fields::default(), removed, "removed").await
}

pub(super) async fn put_delegation(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match delegation(&fields) {
        Ok(delegation) => resources::put_delegation(State(app.clone()), Sent(delegation)).await,
        Err(refusal) => Err(refusal),
    };
    ended::<OrganisationsPage, _>(app, &signed, fields, put, "added").await
}

pub(super) async fn remove_delegation(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = match delegation(&fields) {
        Ok(delegation) => resources::remove_delegation(State(app.clone()), Sent(delegation)).await,
        Err(refusal) => Err(refusal),
    };
    ended::<OrganisationsPage, _>(app, &signed, Fields::default(), removed, "removed").await
}

fn delegation(fields: &Fields) -> Result<Delegation, Refusal> {
    let number = |name| fields.number(name)?.ok_or_else(|| misread("", "an organisation number"));
    Ok(Delegation { parent: number("parent")?, supplier: number("supplier")? })
}
