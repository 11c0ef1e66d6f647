//! One client: what it is, its keys, how to use it, and all that can be done to it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use helseid_admin_api::{ClientChange, NewKey, RegisteredClient, TraceEntry, TraceQuery};
use helseid_protocol::time::Timestamp;

use super::super::state::AdminState;
use super::client_form::{Choices, lifetime, place_of, profile, scopes, tenancy};
use super::client_login::{self, LoginFields};
use super::frame::{After, Frame, Page, done, refused};
use super::keys;
use super::read::{number, numbers};
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use super::snippets::Snippets;
use crate::web::form::Fields;

/// How many of its newest requests are shown.
const SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "client.html")]
struct ClientPage {
    frame: Frame,
    client: RegisteredClient,
    /// What its form holds: what it is, or what was typed.
    typed: Fields,
    place: String,
    choices: Choices,
    snippets: Snippets,
    requests: Vec<TraceEntry>,
    now: Timestamp,
}

impl ClientPage {
    fn has_ended(&self, at: &Timestamp) -> bool {
        *at <= self.now
    }
}

impl Page for ClientPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Response {
    page(&state, &session, &id, None, |frame| frame.after(after.done.as_deref()))
}

fn page(
    state: &AdminState,
    session: &AdminSession,
    id: &str,
    typed: Option<Fields>,
    framed: impl FnOnce(Frame) -> Frame,
) -> Response {
    let client = match state.registry.client(id) {
        Ok(client) => client,
        Err(why) => return refused(state, session, Section::Clients, why.into()),
    };
    let own = TraceQuery { client: Some(id.to_owned()), limit: Some(SHOWN), ..TraceQuery::default() };
    let page = ClientPage {
        frame: framed(Frame::new(state, session, Section::Clients)),
        typed: typed.unwrap_or_else(|| fields_of(&client)),
        place: place_of(&client.client_id),
        choices: Choices::of(state),
        snippets: Snippets::of(&state.site.issuer, &client),
        requests: state.trace.list(&own).items,
        now: state.site.clock.now(),
        client,
    };
    page.answer()
}

/// The form of a client as it is.
fn fields_of(client: &RegisteredClient) -> Fields {
    let children: Vec<_> = client.org_children.iter().map(ToString::to_string).collect();
    let mut fields = vec![
        ("version", client.version.clone()),
        ("name", client.name.clone()),
        ("tenancy", client.tenancy.name().to_owned()),
        ("org_parent", client.org_parent.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("org_children", children.join(" ")),
        ("profile", client.profile.map(|profile| profile.name().to_owned()).unwrap_or_default()),
        ("token_lifetime", client.token_lifetime_seconds.to_string()),
    ];
    fields.extend(client_login::fields_of(client));
    fields.extend(client.scopes.iter().map(|scope| ("scope", scope.to_string())));
    Fields::of(fields)
}

pub(super) async fn change(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let changed = match change_of(&fields) {
        Ok(change) => state.registry.replace_client(&id, change).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    match changed {
        Ok(client) => done(&session, &place_of(&client.client_id), "changed"),
        // The page has a field for a key too, and none comes back in it: see clients::register.
        Err(refusal) => {
            page(&state, &session, &id, Some(fields.without("key")), |frame| frame.refused(Some(refusal)))
        }
    }
}

/// The form holds everything, so that what is empty there is to be empty.
fn change_of(fields: &Fields) -> Result<ClientChange, Refusal> {
    let LoginFields { grant_types, login, own_audiences, may_be_exchanged_by } = LoginFields::read(fields)?;
    Ok(ClientChange {
        // As it was when the form was shown: what was changed meanwhile is not undone.
        version: fields.given("version").map(str::to_owned),
        grant_types: Some(grant_types),
        login: Some(login),
        own_audiences: Some(own_audiences),
        may_be_exchanged_by: Some(may_be_exchanged_by),
        name: Some(fields.text("name").to_owned()),
        scopes: Some(scopes(fields)?),
        tenancy: Some(tenancy(fields)),
        org_parent: number(fields, "org_parent")?,
        org_children: Some(numbers(fields, "org_children")?),
        profile: profile(fields)?,
        token_lifetime_seconds: lifetime(fields)?,
        ..ClientChange::default()
    })
}

pub(super) async fn set_enabled(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let enabled = Some(fields.text("enabled") == "yes");
    let changed = state.registry.patch_client(&id, ClientChange { enabled, ..ClientChange::default() }).await;
    ended(&state, &session, &id, (changed.map_err(Refusal::from), "changed"))
}

pub(super) async fn approve(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
) -> Response {
    let change = ClientChange { approved: Some(true), ..ClientChange::default() };
    let changed = state.registry.patch_client(&id, change).await;
    ended(&state, &session, &id, (changed.map_err(Refusal::from), "changed"))
}

pub(super) async fn add_key(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let key = keys::public_key(fields.text("key"))
        .and_then(|jwk| Ok(NewKey { jwk, expires: keys::expiry(&fields)? }));
    let added = match key {
        Ok(key) => state.registry.add_key(&id, key).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    ended(&state, &session, &id, (added, "key-added"))
}

pub(super) async fn remove_key(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = state.registry.remove_key(&id, fields.text("key")).await;
    ended(&state, &session, &id, (removed.map_err(Refusal::from), "removed"))
}

/// Back to the client after what was done, or with the reason why it was not.
fn ended(
    state: &AdminState,
    session: &AdminSession,
    id: &str,
    (ended, what): (Result<RegisteredClient, Refusal>, &str),
) -> Response {
    match ended {
        Ok(client) => done(session, &place_of(&client.client_id), what),
        Err(refusal) => page(state, session, id, None, |frame| frame.refused(Some(refusal))),
    }
}

/// Whoever types the id means this client.
pub(super) async fn remove(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = if fields.text("confirmation") == id {
        state.registry.remove_client(&id).await.map_err(Refusal::from)
    } else {
        let (title, detail) = ("the client was not deleted", format!("expected {id}, got another text"));
        Err(Refusal::invalid(title, detail, "type the client's id to delete it permanently"))
    };
    match removed {
        Ok(()) => done(&session, "/clients", "removed"),
        Err(refusal) => page(&state, &session, &id, None, |frame| frame.refused(Some(refusal))),
    }
}
