//! Organisations, and whom they let act for them.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::{Delegation, Listed, OrganisationEntry};

use super::super::state::AdminState;
use super::frame::{Frame, Page};
use super::listing::{Listing, ended};
use super::read::{misread, number, numbers};
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use crate::web::form::Fields;

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

    fn now(state: &AdminState, frame: Frame, typed: Fields) -> Self {
        let (organisations, delegations) = (state.registry.organisations(), state.registry.delegations());
        Self { frame, organisations, delegations, typed }
    }
}

pub(super) async fn put(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match entry(&fields) {
        Ok(entry) => state.registry.put_organisation(entry).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    ended::<OrganisationsPage>(&state, &session, fields, (put, "added"))
}

fn entry(fields: &Fields) -> Result<OrganisationEntry, Refusal> {
    let name = fields.text("name");
    Ok(OrganisationEntry {
        number: number(fields, "number")?.ok_or_else(|| misread("", "an organisation number"))?,
        name: name.parse().map_err(|_| {
            misread(name, "a name of at most 200 characters, none of them a control character")
        })?,
        children: numbers(fields, "children")?,
    })
}

pub(super) async fn remove(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = state.registry.remove_organisation(fields.text("remove")).await.map_err(Refusal::from);
    ended::<OrganisationsPage>(&state, &session, Fields::default(), (removed, "removed"))
}

pub(super) async fn put_delegation(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match delegation(&fields) {
        Ok(delegation) => state.registry.put_delegation(delegation).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    ended::<OrganisationsPage>(&state, &session, fields, (put, "added"))
}

pub(super) async fn remove_delegation(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = match delegation(&fields) {
        Ok(delegation) => state.registry.remove_delegation(delegation).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    ended::<OrganisationsPage>(&state, &session, Fields::default(), (removed, "removed"))
}

fn delegation(fields: &Fields) -> Result<Delegation, Refusal> {
    let given = |name| number(fields, name)?.ok_or_else(|| misread("", "an organisation number"));
    Ok(Delegation { parent: given("parent")?, supplier: given("supplier")? })
}
