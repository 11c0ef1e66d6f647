//! The first page: what there is, what expires next, what failed lately, and who changed what.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::{TraceEntry, TraceOutcome, TraceQuery};

use super::super::service::ExpiringKey;
use super::super::state::AdminState;
use super::changes::ShownChange;
use super::frame::{Frame, Page};
use super::section::Section;
use super::session::AdminSession;

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
    expiring: Vec<ExpiringKey>,
    failed: Vec<TraceEntry>,
    /// None while the store does not answer.
    changes: Option<Vec<ShownChange>>,
}

impl Page for OverviewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl OverviewPage {
    fn has_expired(&self, key: &ExpiringKey) -> bool {
        key.days < 0
    }

    /// Within the fortnight in which HelseID's own self-service warns.
    fn is_near(&self, key: &ExpiringKey) -> bool {
        key.days < 14
    }
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
) -> Response {
    let changes = state.registry.audit(None, u32::try_from(SHOWN).ok()).await;
    if let Err(why) = &changes {
        tracing::debug!(?why, "the change log is not shown");
    }
    let registry = state.registry.snapshot();
    let refused =
        TraceQuery { outcome: Some(TraceOutcome::Refused), limit: Some(SHOWN), ..TraceQuery::default() };
    let page = OverviewPage {
        profile: state.site.profile.name(),
        clients: registry.clients.len(),
        apis: registry.apis.len(),
        organisations: registry.organisations.len(),
        expiring: state.registry.expiring_keys(SHOWN),
        failed: state.trace.list(&refused).items,
        changes: changes.ok().map(|page| page.items.into_iter().map(ShownChange::of).collect()),
        frame: Frame::new(&state, &session, Section::Overview),
    };
    page.answer()
}
