//! Clients: registered, changed, shown, removed.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::{Path, State};
use helseid_admin_api::{ClientChange, ClientRegistration, KeyOrigin, NewKey, Page, RegisteredClient};
use helseid_protocol::id::ClientId;
use serde::Deserialize;

use super::input::{Asked, Sent};
use super::{Refusal, broken};
use crate::app::App;
use crate::domain::change::{Actor, Change, Kind, Subject};
use crate::domain::model::Client;
use crate::registry::registration::{
    NotRegistered, author, changed, checked, new_id, require_unmanaged, with_key, without_key,
};
use crate::registry::{Added, Snapshot};

/// The most clients on one page.
const MAX_PAGE: usize = 500;

/// Which page of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<String>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Asked(wanted): Asked<Wanted>,
) -> Json<Page<RegisteredClient>> {
    let registry = app.registry.now();
    let after = wanted.after.unwrap_or_default();
    let mut clients: Vec<_> =
        registry.clients.values().filter(|known| known.client.id.as_str() > after.as_str()).collect();
    clients.sort_by(|left, right| left.client.id.cmp(&right.client.id));
    let limit = wanted.limit.unwrap_or(100).clamp(1, MAX_PAGE);
    let items: Vec<_> = clients.iter().take(limit).map(|known| registry.shown(known)).collect();
    let next = items.last().filter(|_| clients.len() > limit).map(|last| last.client_id.to_string());
    Json(Page { items, next })
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<RegisteredClient>, Refusal> {
    shown(&app, &named(&id)?)
}

pub(super) async fn register(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<ClientRegistration>,
) -> Result<(StatusCode, Json<RegisteredClient>), Refusal> {
    let registration = sent;
    let id = registration.client_id.clone().unwrap_or_else(|| new_id(&*app.random));
    let client = checked(id.clone(), registration, &app.registry.now(), app.profile)?;
    if app.registry.add_client(client, &author(&app, Actor::Admin)).await? == Added::WasThere {
        let title = format!("the client {id} is registered already");
        let next = "change it with PUT or PATCH, or leave client_id out for a new one";
        return Err(Refusal::new(StatusCode::CONFLICT, title, "an id names one client", next));
    }
    Ok((StatusCode::CREATED, shown(&app, &id)?))
}

pub(super) async fn put(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Sent(sent): Sent<ClientRegistration>,
) -> Result<Json<RegisteredClient>, Refusal> {
    let registration = sent;
    let id = ClientId::parse(&id)
        .map_err(|why| Refusal::wrong("the client id is wrong", why, "give an id of 1 to 256 characters"))?;
    if registration.client_id.as_ref().is_some_and(|named| *named != id) {
        let next = "name the same client in both, or leave client_id out";
        return Err(Refusal::wrong(
            "the path and client_id name two clients",
            "an id cannot be changed",
            next,
        ));
    }
    put_whole(&app, &id, registration).await?;
    shown(&app, &id)
}

pub(super) async fn patch(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Sent(sent): Sent<ClientChange>,
) -> Result<Json<RegisteredClient>, Refusal> {
    let (id, change) = (named(&id)?, sent);
    change_one(&app, &id, |registry, client| changed(client, change.clone(), registry)).await
}

pub(super) async fn add_key(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Sent(sent): Sent<NewKey>,
) -> Result<Json<RegisteredClient>, Refusal> {
    let (id, key, own) = (named(&id)?, sent, app.profile);
    change_one(&app, &id, |_, client| {
        let profile = client.profile.unwrap_or(own);
        with_key(client, &key, KeyOrigin::Gui, profile)
    })
    .await
}

pub(super) async fn remove_key(
    State(app): State<Arc<App>>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Json<RegisteredClient>, Refusal> {
    change_one(&app, &named(&id)?, |_, client| without_key(client, &key)).await
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let registry = app.registry.now();
    if let Some(removal) = broken::removal(&registry, Kind::Client, &id) {
        app.registry.change(vec![removal], &author(&app, Actor::Admin)).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    let id = named(&id)?;
    if !registry.clients.contains_key(&id) {
        return Err(Refusal::unknown("client", id));
    }
    require_unmanaged(&registry, &Subject::client(&id))?;
    app.registry.change(vec![Change::RemoveClient(id)], &author(&app, Actor::Admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put_whole(app: &App, id: &ClientId, sent: ClientRegistration) -> Result<(), Refusal> {
    let registry = app.registry.now();
    require_unmanaged(&registry, &Subject::client(id))?;
    let client = checked(id.clone(), sent, &registry, app.profile)?;
    Ok(app.registry.change(vec![Change::PutClient(Box::new(client))], &author(app, Actor::Admin)).await?)
}

pub(super) async fn change_one(
    app: &App,
    id: &ClientId,
    change: impl Fn(&Snapshot, Client) -> Result<Client, NotRegistered>,
) -> Result<Json<RegisteredClient>, Refusal> {
    let author = author(app, Actor::Admin);
    let changed = app.registry.change_client(id, &author, |registry, client| {
        require_unmanaged(registry, &Subject::client(id))?;
        change(registry, client)
    });
    let (known, registry) = (changed.await?, app.registry.now());
    known.map(|known| Json(registry.shown(&known))).ok_or_else(|| broken::or_unknown(&registry, id))
}

fn shown(app: &App, id: &ClientId) -> Result<Json<RegisteredClient>, Refusal> {
    let registry = app.registry.now();
    let known = registry.clients.get(id);
    known.map(|known| Json(registry.shown(known))).ok_or_else(|| broken::or_unknown(&registry, id))
}

fn named(id: &str) -> Result<ClientId, Refusal> {
    ClientId::parse(id).map_err(|_| Refusal::unknown("client", id))
}
