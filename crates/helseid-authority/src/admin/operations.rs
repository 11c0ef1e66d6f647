//! What an operator asks for: the log of changes, and the signing keys.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use helseid_admin_api::{AuditEntry, Page, Rotation, SigningKeyEntry};
use serde::Deserialize;

use super::Refusal;
use super::input::{Asked, Sent};
use crate::app::App;

/// The most entries on one page.
const MAX_PAGE: u32 = 500;

/// The longest that a new key is published before it signs: a day.
const MAX_LEAD: u32 = 86_400;

/// Which page of the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    before: Option<i64>,
    limit: Option<u32>,
}

pub(super) async fn audit(
    State(app): State<Arc<App>>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    let limit = wanted.limit.unwrap_or(100).clamp(1, MAX_PAGE);
    let items = app.registry.audit(wanted.before, limit).await?;
    let full = items.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next = items.last().filter(|_| full).map(|last| last.seq.to_string());
    Ok(Json(Page { items, next }))
}

pub(super) async fn signing_keys(State(app): State<Arc<App>>) -> Json<Vec<SigningKeyEntry>> {
    let ring = app.signing.ready();
    Json(ring.map(|ring| ring.entries(app.algorithm, app.clock.now())).unwrap_or_default())
}

pub(super) async fn rotate(
    State(app): State<Arc<App>>,
    Sent(sent): Sent<Rotation>,
) -> Result<Json<Vec<SigningKeyEntry>>, Refusal> {
    let lead = sent.lead_seconds;
    if lead > MAX_LEAD {
        let detail = format!("expected at most {MAX_LEAD} seconds, got {lead}");
        return Err(Refusal::wrong("the new key would wait too long", detail, "give fewer lead_seconds"));
    }
    let ring = app.rotate(Duration::from_secs(lead.into())).await?;
    Ok(Json(ring.entries(app.algorithm, app.clock.now())))
}
