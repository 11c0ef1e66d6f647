//! Entries that cannot be read: shown, and removed. One that is registered again as a whole takes their place.

use std::sync::Arc;

use ::http::StatusCode;
use axum::Json;
use axum::extract::State;
use helseid_admin_api::BrokenEntry;
use helseid_protocol::id::ClientId;

use super::Refusal;
use super::input::Sent;
use crate::app::App;
use crate::domain::change::{Actor, Change, Kind, Subject};
use crate::registry::Snapshot;
use crate::registry::registration::{NotRegistered, author};

pub(super) async fn list(State(app): State<Arc<App>>) -> Json<Vec<BrokenEntry>> {
    Json(app.registry.now().broken_entries())
}

/// By kind and name, since a name that cannot be read may be one that no path can hold.
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<BrokenEntry>,
) -> Result<StatusCode, Refusal> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == sent.kind);
    let removal = kind.and_then(|kind| removal(&app.registry.now(), kind, &sent.id));
    let removal = removal.ok_or_else(|| Refusal::unknown("broken entry", &sent.id))?;
    app.registry.change(vec![removal], &author(&app, Actor::Admin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What removes the entry of this name, if it is one that cannot be read. A seed file that names it puts it there again.
pub(super) fn removal(registry: &Snapshot, kind: Kind, id: &str) -> Option<Change> {
    let subject = Subject { kind, id: id.to_owned() };
    registry.broken.contains_key(&subject).then_some(Change::RemoveBroken(subject))
}

/// Why a client cannot be had.
pub(super) fn or_unknown(registry: &Snapshot, id: &ClientId) -> Refusal {
    let subject = Subject::client(id);
    match registry.broken.get(&subject) {
        Some(why) => NotRegistered::broken(&subject, why).into(),
        None => Refusal::unknown("client", id),
    }
}
