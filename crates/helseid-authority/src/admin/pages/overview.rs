//! The first page: what there is, what expires next, what failed lately, and who changed what.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::{AuditEntry, TraceEntry, TraceOutcome};
use helseid_protocol::time::Timestamp;

use super::clients::place_of;
use super::frame::{Frame, Page, Section, Shared};
use super::guard::Signed;
use crate::app::App;

/// How many of each are shown.
const SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    profile: &'static str,
    clients: usize,
    apis: usize,
    organisations: usize,
    expiring: Vec<Expiring>,
    failed: Vec<TraceEntry>,
    /// None while the store is away.
    changes: Option<Vec<AuditEntry>>,
}

impl Page for OverviewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// A client's key that ends.
struct Expiring {
    client: String,
    place: String,
    key: String,
    at: Timestamp,
    days: i64,
}

impl Expiring {
    fn has_ended(&self) -> bool {
        self.days < 0
    }

    /// Within the fortnight in which HelseID's own self-service warns.
    fn is_near(&self) -> bool {
        self.days < 14
    }
}

pub(super) async fn show(State(app): Shared, Extension(signed): Extension<Signed>) -> Response {
    let limit = u32::try_from(SHOWN).unwrap_or(u32::MAX);
    let changes = app.registry.audit(None, limit).await;
    if let Err(why) = &changes {
        tracing::debug!(%why, "the log of changes is not shown");
    }
    let registry = app.registry.now();
    let failed = app.trace.newest(SHOWN, |request| request.outcome == TraceOutcome::Refused);
    let page = OverviewPage {
        profile: app.profile.name(),
        clients: registry.clients.len(),
        apis: registry.apis.len(),
        organisations: registry.organisations.len(),
        expiring: expiring(&app),
        failed: failed.iter().map(|request| request.entry()).collect(),
        changes: changes.ok(),
        frame: Frame::new(&app, &signed, Section::Overview),
    };
    page.answer()
}

/// What ends first comes first, also what has ended.
fn expiring(app: &App) -> Vec<Expiring> {
    let (registry, now) = (app.registry.now(), app.clock.now());
    let of_client = |known: &std::sync::Arc<crate::domain::model::KnownClient>| {
        let client = &known.client;
        let ends = |key: &crate::domain::model::Key| {
            Some(Expiring {
                client: client.name.to_string(),
                place: place_of(&client.id),
                key: key.jwk.key_id().map_or_else(|| key.jwk.thumbprint().to_string(), ToString::to_string),
                at: key.expires?,
                days: key.expires?.days_after(now),
            })
        };
        client.keys.iter().filter_map(ends).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = registry.clients.values().flat_map(of_client).collect();
    all.sort_by_key(|key| key.at);
    all.truncate(SHOWN);
    all
}
