//! Requests as they come, and one of them opened.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use helseid_admin_api::{Decoded, TraceDetails, TraceEntry, TraceOutcome, TraceQuery};
use helseid_protocol::rule::Outcome;
use serde_json::Value;

use super::super::state::AdminState;
use super::frame::{Frame, Page, refused};
use super::section::Section;
use super::session::AdminSession;
use super::translations::Words;
use crate::web::sse;

/// How many requests are on one page of the list.
const ON_A_PAGE: usize = 100;

#[derive(Template)]
#[template(path = "trace.html")]
struct TracePage {
    frame: Frame,
    client: String,
    login: String,
    outcome: Option<TraceOutcome>,
    entries: Vec<TraceEntry>,
    /// Every client that the trace knows, to choose from.
    clients: Vec<String>,
    next: Option<String>,
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

/// The beginning of a login's id, which tells it from the others on a page.
fn short(login: &str) -> &str {
    login.get(..8).unwrap_or(login)
}

/// What became of a request, for people.
pub(super) const fn outcome_words(outcome: &TraceOutcome) -> Words {
    match outcome {
        TraceOutcome::Granted => Words("granted"),
        TraceOutcome::NonceWanted => Words("nonce required"),
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

/// Which requests; an empty parameter is none.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    client: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    outcome: String,
    before: Option<u64>,
}

pub(super) async fn list(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Query(query): Query<ListQuery>,
) -> Response {
    let (client, login) = (query.client.trim().to_owned(), query.login.trim().to_owned());
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let filter = TraceQuery {
        client: given(&client),
        login: given(&login),
        outcome: query.outcome.parse().ok(),
        before: query.before,
        limit: Some(ON_A_PAGE),
        ..TraceQuery::default()
    };
    let found = state.trace.list(&filter);
    let page = TracePage {
        frame: Frame::new(&state, &session, Section::Trace),
        client,
        login,
        outcome: filter.outcome,
        entries: found.items,
        clients: state.trace.clients(),
        next: found.next,
        is_newest: query.before.is_none(),
    };
    page.answer()
}

/// Requests as they come, until the session ends: by sign-out, at any replica, or by itself. If nobody can tell whether it
/// has, the stream ends, too.
pub(super) async fn live(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Query(filter): Query<TraceQuery>,
) -> Response {
    let sign_in = state.sign_in.clone();
    let may_see = move || {
        let sign_in = sign_in.clone();
        async move { sign_in.is_open(session.hash).await.unwrap_or(false) }
    };
    sse::events(state.trace.live(filter, may_see)).into_response()
}

/// How a request is shown.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct ShowQuery {
    /// With its structured claims.
    #[serde(default)]
    details: bool,
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Response {
    let request = match state.trace.show(&id, query.details) {
        Ok(request) => request,
        Err(why) => return refused(&state, &session, Section::Trace, why.into()),
    };
    let frame = Frame::new(&state, &session, Section::Trace);
    RequestPage { frame, request, structured: query.details }.answer()
}
