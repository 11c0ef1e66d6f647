//! Requests as they come, and one of them opened.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use helseid_admin_api::{Decoded, TraceDetails, TraceEntry, TraceOutcome};
use helseid_protocol::rule::Outcome;
use serde_json::Value;

use super::super::input::Asked;
use super::super::{Refusal, trace as api};
use super::frame::{Frame, Page, Section, Shared, Words, refused};
use super::guard::Signed;
use super::passes::{self, PassKind};
use crate::trace::Structured;

/// How many requests are on one page of the list.
const ON_A_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "trace.html")]
struct TracePage {
    frame: Frame,
    client: String,
    outcome: Option<TraceOutcome>,
    entries: Vec<TraceEntry>,
    /// Every client that the trace knows, to choose from.
    clients: Vec<String>,
    next: Option<u64>,
    /// Whether this is the page to which new requests come.
    is_newest: bool,
}

impl TracePage {
    const fn outcomes(&self) -> [TraceOutcome; 4] {
        TraceOutcome::ALL
    }

    fn is_chosen(&self, outcome: &TraceOutcome) -> bool {
        self.outcome.as_ref() == Some(outcome)
    }
}

impl Page for TracePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

#[derive(Template)]
#[template(path = "trace_request.html")]
struct RequestPage {
    frame: Frame,
    request: TraceDetails,
    structured: bool,
}

impl RequestPage {
    fn outcome(&self) -> Words {
        outcome_words(&self.request.entry.outcome)
    }

    /// The two JWTs, those that there are.
    fn jwts(&self) -> Vec<(Words, &Decoded)> {
        let both = [
            (Words("Client assertion"), &self.request.assertion),
            (Words("DPoP proof"), &self.request.proof),
        ];
        both.into_iter().filter_map(|(name, jwt)| Some((name, jwt.as_ref()?))).collect()
    }

    fn is_refused(&self) -> bool {
        self.request.entry.outcome == TraceOutcome::Refused
    }

    fn count(&self, name: &str) -> usize {
        self.request.verdict.findings().iter().filter(|finding| finding.outcome.name() == name).count()
    }
}

impl Page for RequestPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What became of a request, for people.
pub(super) const fn outcome_words(outcome: &TraceOutcome) -> Words {
    match outcome {
        TraceOutcome::Granted => Words("granted"),
        TraceOutcome::NonceWanted => Words("sent back for a nonce"),
        TraceOutcome::Refused => Words("refused"),
        TraceOutcome::Unavailable => Words("not answered"),
    }
}

/// What became of a rule, for people.
pub(super) const fn rule_words(outcome: &Outcome) -> Words {
    match outcome {
        Outcome::Passed => Words("passed"),
        Outcome::Warned(_) => Words("passed with a warning"),
        Outcome::Failed(_) => Words("failed"),
        Outcome::NotReached => Words("not reached"),
    }
}

/// JSON with a line for each member.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Which requests; what is empty is not asked for.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    client: String,
    #[serde(default)]
    outcome: String,
    before: Option<u64>,
}

pub(super) async fn list(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Query(asked): Query<Wanted>,
) -> Response {
    let client = asked.client.trim().to_owned();
    let wanted = api::Wanted {
        client: Some(client.clone()).filter(|client| !client.is_empty()),
        outcome: asked.outcome.parse().ok(),
        before: asked.before,
        ..api::Wanted::default()
    };
    let mut found = app.trace.newest(ON_A_PAGE + 1, |request| wanted.takes(request));
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let known = app.trace.newest(usize::MAX, |request| request.seen.client_id.is_some());
    let mut clients: Vec<_> = known.iter().filter_map(|request| request.entry().client_id).collect();
    clients.sort();
    clients.dedup();
    let page = TracePage {
        frame: Frame::new(&app, &signed, Section::Trace),
        client,
        outcome: wanted.outcome,
        next: found.last().filter(|_| more).map(|last| last.seq),
        entries: found.iter().map(|request| request.entry()).collect(),
        clients,
        is_newest: asked.before.is_none(),
    };
    page.answer()
}

/// Requests as they come, until the session ends: by sign-out, at any replica, or by itself. If nobody can tell whether it
/// has, the stream ends, too.
pub(super) async fn live(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Asked(wanted): Asked<api::Wanted>,
) -> Response {
    let watch = app.trace.watch();
    let may_see = move || {
        let app = app.clone();
        async move { passes::holds(&app, PassKind::Session, signed.session).await.unwrap_or(false) }
    };
    api::events(watch, wanted, may_see).into_response()
}

/// How a request is shown.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    details: bool,
}

pub(super) async fn show(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Query(shown): Query<Shown>,
) -> Response {
    let structured = if shown.details { Structured::Shown } else { Structured::Hidden };
    let Some(found) = app.trace.find(&id) else {
        return refused(&app, &signed, Section::Trace, Refusal::unknown("request", id));
    };
    let frame = Frame::new(&app, &signed, Section::Trace);
    RequestPage { frame, request: found.details(structured), structured: shown.details }.answer()
}
