//! Entries that cannot be read: each list names its own, and the first page all of them.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::BrokenEntry;

use super::super::broken;
use super::super::input::Sent;
use super::fields::Fields;
use super::frame::{Section, Shared, done, refused};
use super::guard::Signed;
use crate::domain::change::Kind;
use crate::registry::Snapshot;

/// Those that a part of the pages shows.
pub(super) fn of_section(registry: &Snapshot, section: Section) -> Vec<BrokenEntry> {
    let kinds: &[Kind] = match section {
        Section::Overview => &Kind::ALL,
        Section::Clients => &[Kind::Client],
        Section::Apis => &[Kind::Api],
        Section::Organisations => &[Kind::Organisation, Kind::Delegation],
        Section::Keys | Section::Trace | Section::Conformance | Section::SignIn => &[],
    };
    let mut entries = registry.broken_entries();
    entries.retain(|entry| kinds.iter().any(|kind| kind.name() == entry.kind));
    entries
}

pub(super) async fn remove(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let named = |name| fields.text(name).to_owned();
    let entry = BrokenEntry { kind: named("kind"), id: named("id"), why: String::new() };
    match broken::remove(State(app.clone()), Sent(entry)).await {
        Ok(_) => done(&signed, "", "removed"),
        Err(refusal) => refused(&app, &signed, Section::Overview, refusal),
    }
}
