//! One client: what it is, its keys, how to use it, and all that can be done to it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use helseid_admin_api::{ClientChange, NewKey, RegisteredClient, TraceEntry};
use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::super::clients as api;
use super::super::input::Sent;
use super::super::{Refusal, broken};
use super::clients::{Choices, lifetime, place_of, profile, scopes, tenancy};
use super::fields::Fields;
use super::frame::{After, Frame, Page, Section, Shared, done, refused};
use super::guard::Signed;
use super::keys;
use super::snippets::Snippets;
use crate::app::App;
use crate::domain::model::Client;
use crate::registry::registration::changed;

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
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Response {
    page(&app, &signed, &id, None, |frame| frame.after(after.done.as_deref()))
}

fn page(
    app: &App,
    signed: &Signed,
    id: &str,
    typed: Option<Fields>,
    framed: impl FnOnce(Frame) -> Frame,
) -> Response {
    let registry = app.registry.now();
    let known = ClientId::parse(id).ok().and_then(|id| registry.clients.get(&id));
    let Some(client) = known.map(|known| registry.shown(known)) else {
        let why = self::known(id).map_or_else(|unknown| unknown, |id| broken::or_unknown(&registry, &id));
        return refused(app, signed, Section::Clients, why);
    };
    let of_it = |request: &crate::trace::Recorded| request.seen.client_id.as_deref() == Some(id);
    let page = ClientPage {
        frame: framed(Frame::new(app, signed, Section::Clients)),
        typed: typed.unwrap_or_else(|| fields_of(&client)),
        place: place_of(&client.client_id),
        choices: Choices::of(app),
        snippets: Snippets::of(app, &client),
        requests: app.trace.newest(SHOWN, of_it).iter().map(|request| request.entry()).collect(),
        now: app.clock.now(),
        client,
    };
    page.answer()
}

/// The form of a client as it is.
fn fields_of(client: &RegisteredClient) -> Fields {
    let children: Vec<_> = client.org_children.iter().map(ToString::to_string).collect();
    let mut fields = vec![
        ("name", client.name.clone()),
        ("tenancy", client.tenancy.name().to_owned()),
        ("org_parent", client.org_parent.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("org_children", children.join(" ")),
        ("profile", client.profile.map(|profile| profile.name().to_owned()).unwrap_or_default()),
        ("token_lifetime", client.token_lifetime_seconds.to_string()),
    ];
    fields.extend(client.scopes.iter().map(|scope| ("scope", scope.to_string())));
    Fields::of(fields)
}

pub(super) async fn change(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    match changed_client(&app, &id, &fields).await {
        Ok(client) => done(&signed, &place_of(&client.client_id), "changed"),
        // The page has a field for a key too, and none comes back in it: see clients::register.
        Err(refusal) => {
            page(&app, &signed, &id, Some(fields.without("key")), |frame| frame.refused(Some(refusal)))
        }
    }
}

/// The form holds everything, so that what is empty there is to be empty.
async fn changed_client(app: &App, id: &str, fields: &Fields) -> Result<RegisteredClient, Refusal> {
    let change = ClientChange {
        name: Some(fields.text("name").to_owned()),
        scopes: Some(scopes(fields)?),
        tenancy: Some(tenancy(fields)),
        org_parent: fields.number("org_parent")?,
        org_children: Some(fields.numbers("org_children")?),
        profile: profile(fields)?,
        token_lifetime_seconds: lifetime(fields)?,
        ..ClientChange::default()
    };
    let emptied = |client: Client| Client { org_parent: None, profile: None, ..client };
    let Json(client) = api::change_one(app, &known(id)?, |registry, client| {
        changed(emptied(client), change.clone(), registry)
    })
    .await?;
    Ok(client)
}

pub(super) async fn set_enabled(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let enabled = Some(fields.text("enabled") == "yes");
    patch(state, &signed, id, ClientChange { enabled, ..ClientChange::default() }).await
}

pub(super) async fn approve(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
) -> Response {
    patch(state, &signed, id, ClientChange { approved: Some(true), ..ClientChange::default() }).await
}

async fn patch(state: Shared, signed: &Signed, id: String, change: ClientChange) -> Response {
    let app = state.0.clone();
    match api::patch(state, Path(id.clone()), Sent(change)).await {
        Ok(Json(client)) => done(signed, &place_of(&client.client_id), "changed"),
        Err(refusal) => page(&app, signed, &id, None, |frame| frame.refused(Some(refusal))),
    }
}

pub(super) async fn add_key(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let app = state.0.clone();
    let key = keys::public_key(fields.text("key"))
        .and_then(|jwk| Ok(NewKey { jwk, expires: keys::expiry(&fields)? }));
    let added = match key {
        Ok(key) => api::add_key(state, Path(id.clone()), Sent(key)).await,
        Err(refusal) => Err(refusal),
    };
    match added {
        Ok(Json(client)) => done(&signed, &place_of(&client.client_id), "key-added"),
        Err(refusal) => page(&app, &signed, &id, None, |frame| frame.refused(Some(refusal))),
    }
}

pub(super) async fn remove_key(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let app = state.0.clone();
    match api::remove_key(state, Path((id.clone(), fields.text("key").to_owned()))).await {
        Ok(Json(client)) => done(&signed, &place_of(&client.client_id), "removed"),
        Err(refusal) => page(&app, &signed, &id, None, |frame| frame.refused(Some(refusal))),
    }
}

/// Who types the id means this client.
pub(super) async fn remove(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let app = state.0.clone();
    let removed = if fields.text("confirmation") == id {
        api::remove(state, Path(id.clone())).await
    } else {
        let detail = format!("expected {id}, got another text");
        Err(Refusal::wrong("the client is not removed", detail, "type the client's id to remove it for good"))
    };
    match removed {
        Ok(_) => done(&signed, "/clients", "removed"),
        Err(refusal) => page(&app, &signed, &id, None, |frame| frame.refused(Some(refusal))),
    }
}

fn known(id: &str) -> Result<ClientId, Refusal> {
    ClientId::parse(id).map_err(|_| Refusal::unknown("client", id))
}
