//! Clients: registered, changed, shown, removed.

use std::sync::Arc;
use std::time::Duration;

use ::http::StatusCode;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use helseid_protocol::endpoint::admin::{ClientRegistration, KeyOrigin, Page, RegisteredClient};
use helseid_protocol::id::ClientId;
use helseid_protocol::random::{Random, bytes16};
use helseid_protocol::registration;
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::scope::{Scope, ScopeSet};
use helseid_protocol::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Refusal;
use crate::app::App;
use crate::first_start::SELF_SERVICE_SCOPE;
use crate::model::{Client, Key, TOKEN_LIFETIME};

/// The most keys of one client.
const MAX_KEYS: usize = 10;

/// The longest life of a token, in seconds: a day.
const MAX_LIFETIME: u32 = 86_400;

/// The most clients on one page.
const MAX_PAGE: usize = 500;

/// Which page of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    after: Option<String>,
    limit: Option<usize>,
}

type Sent = Result<Json<ClientRegistration>, JsonRejection>;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(wanted): Query<Wanted>,
) -> Json<Page<RegisteredClient>> {
    let registry = app.registry.now();
    let after = wanted.after.unwrap_or_default();
    let mut clients: Vec<_> =
        registry.clients.values().filter(|known| known.client.id.as_str() > after.as_str()).collect();
    clients.sort_by(|left, right| left.client.id.cmp(&right.client.id));
    let limit = wanted.limit.unwrap_or(100).clamp(1, MAX_PAGE);
    let items: Vec<_> = clients.iter().take(limit).map(|known| known.shown()).collect();
    let next = items.last().filter(|_| clients.len() > limit).map(|last| last.client_id.to_string());
    Json(Page { items, next })
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<RegisteredClient>, Refusal> {
    let known = ClientId::parse(&id).ok().and_then(|id| app.registry.client(&id));
    known.map(|known| Json(known.shown())).ok_or_else(|| Refusal::unknown("client", id))
}

pub(super) async fn register(
    State(app): State<Arc<App>>,
    sent: Sent,
) -> Result<(StatusCode, Json<RegisteredClient>), Refusal> {
    let registration = read(sent)?;
    let id = registration.client_id.clone().unwrap_or_else(|| new_id(&*app.random));
    if app.registry.client(&id).is_some() {
        let title = format!("the client {id} is registered already");
        let next = "change it with PUT, or leave client_id out for a new one";
        return Err(Refusal::new(StatusCode::CONFLICT, title, "an id names one client", next));
    }
    let client = checked(id, registration, &app)?;
    let known = app.registry.put_client(client).await?;
    tracing::info!(client = %known.client.id, "registered");
    Ok((StatusCode::CREATED, Json(known.shown())))
}

pub(super) async fn put(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Json<RegisteredClient>, Refusal> {
    let registration = read(sent)?;
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
    let client = checked(id, registration, &app)?;
    let known = app.registry.put_client(client).await?;
    tracing::info!(client = %known.client.id, "changed");
    Ok(Json(known.shown()))
}

/// The same without HTTP, for an authority inside a test.
pub(crate) async fn put_registration(
    app: &App,
    sent: ClientRegistration,
) -> Result<RegisteredClient, Refusal> {
    let id = sent.client_id.clone().unwrap_or_else(|| new_id(&*app.random));
    let client = checked(id, sent, app)?;
    Ok(app.registry.put_client(client).await?.shown())
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let unknown = || Refusal::unknown("client", &id);
    let parsed = ClientId::parse(&id).map_err(|_| unknown())?;
    app.registry.remove_client(&parsed).await?.ok_or_else(unknown)?;
    tracing::info!(client = %parsed, "removed");
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn read<T>(sent: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    sent.map(|Json(value)| value).map_err(|rejection| {
        let next = "send a JSON object with the content type application/json";
        Refusal::new(rejection.status(), "the request cannot be read", rejection.body_text(), next)
    })
}

fn checked(id: ClientId, sent: ClientRegistration, app: &App) -> Result<Client, Refusal> {
    let (registry, own) = (app.registry.now(), app.profile);
    if sent.name.trim().is_empty()
        || sent.name.chars().count() > 200
        || sent.name.chars().any(char::is_control)
    {
        let detail = "expected 1 to 200 characters, none of them a control character";
        return Err(Refusal::wrong("the client's name is wrong", detail, "give another name"));
    }
    if sent.keys.len() > MAX_KEYS {
        let detail = format!("expected at most {MAX_KEYS}, got {}", sent.keys.len());
        return Err(Refusal::wrong(
            "the client has too many keys",
            detail,
            "remove those that are no longer used",
        ));
    }
    let lifetime = sent.token_lifetime_seconds;
    if lifetime.is_some_and(|seconds| !(1..=MAX_LIFETIME).contains(&seconds)) {
        let detail = format!("expected 1 to {MAX_LIFETIME} seconds");
        return Err(Refusal::wrong("the life of tokens is wrong", detail, "leave it out for 600 seconds"));
    }
    if let Some(unknown) = sent.scopes.iter().find(|scope| registry.api_of(scope).is_none()) {
        let detail = format!("expected a scope of a registered API, got {unknown}");
        let next = format!("register its API: helseid api add AUDIENCE --scope {unknown}");
        return Err(Refusal::wrong("a scope is not known", detail, next));
    }
    let self_service = Scope::parse(SELF_SERVICE_SCOPE).into_iter();
    Ok(Client {
        id,
        name: sent.name.trim().to_owned(),
        tenancy: sent.tenancy,
        org_parent: sent.org_parent,
        org_children: sent.org_children,
        scopes: sent.scopes.iter().cloned().chain(self_service).collect::<ScopeSet>(),
        keys: keys(sent.keys, sent.profile.unwrap_or(own), sent.keys_expire)?,
        profile: sent.profile,
        token_lifetime: lifetime.map_or(TOKEN_LIFETIME, |seconds| Duration::from_secs(seconds.into())),
        enabled: sent.enabled,
    })
}

/// The keys of a client of this profile, each checked and with a name of its own.
fn keys(sent: Vec<Value>, profile: Profile, expires: Option<Timestamp>) -> Result<Vec<Key>, Refusal> {
    let mut keys: Vec<Key> = Vec::with_capacity(sent.len());
    for jwk in sent {
        let mut trail = Trail::new();
        let jwk = registration::check_key(&jwk, profile, &mut trail).map_err(Refusal::of_key)?.jwk().clone();
        registration::require_own_kid(&jwk, keys.iter().map(|key| &key.jwk), &mut trail)
            .map_err(Refusal::of_key)?;
        keys.push(Key { jwk, expires, origin: KeyOrigin::Gui });
    }
    Ok(keys)
}

/// A GUID of version 4 (RFC 9562 section 5.4).
fn new_id(random: &dyn Random) -> ClientId {
    let mut number = u128::from_be_bytes(bytes16(random));
    number = number & !(0xf << 76) | (4 << 76);
    number = number & !(0b11 << 62) | (0b10 << 62);
    let hex = format!("{number:032x}");
    let mut text = String::with_capacity(36);
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    ClientId::parse(&text).unwrap_or_else(|_| unreachable!("36 characters are an identifier"))
}
