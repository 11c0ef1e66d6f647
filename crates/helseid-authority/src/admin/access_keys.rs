//! Keys for the doubles of NHN's services: made, listed, removed. A key is told once; the store has its hash.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::{Path, State};
use helseid_admin_api::{AccessKeyEntry, KeyPurpose, MadeAccessKey, NewAccessKey};
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::random::{Random, bytes32, hexadecimal};
use helseid_protocol::visible::is_hidden;

use super::input::Sent;
use super::{Refusal, broken};
use crate::app::App;
use crate::domain::change::{Actor, Change, Kind};
use crate::domain::model::AccessKey;
use crate::registry::Snapshot;
use crate::registry::registration::author;

/// The most access keys.
const MAX: usize = 100;

pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Vec<AccessKeyEntry>> {
    Json(app.registry.now().access_keys.values().map(|key| key.entry.clone()).collect())
}

pub(super) async fn make(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<NewAccessKey>,
) -> Result<(StatusCode, Json<MadeAccessKey>), Refusal> {
    let wanted = sent;
    if wanted.name.trim().is_empty() || wanted.name.len() > 200 || wanted.name.chars().any(is_hidden) {
        let detail = "expected 1 to 200 characters that can be seen";
        return Err(Refusal::wrong("the key's name is wrong", detail, "give another name"));
    }
    if app.registry.now().access_keys.len() >= MAX {
        let detail = format!("there are {MAX} already");
        let next = "remove those that are no longer used";
        return Err(Refusal::new(StatusCode::CONFLICT, "there are too many access keys", detail, next));
    }
    let made = made(wanted, &app);
    let key = AccessKey { entry: made.entry.clone(), hash: hash(&made.key) };
    app.registry.change(vec![Change::PutAccessKey(key)], &author(&app, Actor::Admin)).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let registry = app.registry.now();
    let removal = match broken::removal(&registry, Kind::AccessKey, &id) {
        Some(removal) => removal,
        None if registry.access_keys.contains_key(&id) => Change::RemoveAccessKey(id),
        None => return Err(Refusal::unknown("access key", id)),
    };
    app.registry.change(vec![removal], &author(&app, Actor::Admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The access key of this purpose that `sent` is. Each is compared, in a time that tells nothing.
pub(crate) fn find(registry: &Snapshot, purpose: KeyPurpose, sent: &str) -> Option<AccessKeyEntry> {
    let sent = hash(sent);
    let mut found = None;
    for key in registry.access_keys.values().filter(|key| key.entry.purpose == purpose) {
        if crypto::equal(key.hash.as_bytes(), sent.as_bytes()) {
            found = Some(key.entry.clone());
        }
    }
    found
}

fn made(wanted: NewAccessKey, app: &App) -> MadeAccessKey {
    let random: &dyn Random = &*app.random;
    let id = hexadecimal(random);
    let entry = AccessKeyEntry {
        id,
        purpose: wanted.purpose,
        name: wanted.name.trim().to_owned(),
        created: app.clock.now(),
    };
    MadeAccessKey { entry, key: base64url::encode(&bytes32(random)) }
}

fn hash(key: &str) -> String {
    base64url::encode(&crypto::sha256(key.as_bytes()))
}
