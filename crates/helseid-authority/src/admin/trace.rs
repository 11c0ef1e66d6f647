//! The trace: a list, one request opened, and requests as they come.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use helseid_protocol::endpoint::admin::{Page, TraceDetails, TraceEntry, TraceOutcome};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;

use super::Refusal;
use super::input::Asked;
use crate::app::App;
use crate::trace::{Recorded, Structured};

/// The most requests on one page.
const MAX_PAGE: usize = 1_000;

/// Which requests.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    pub(super) client: Option<String>,
    pub(super) outcome: Option<TraceOutcome>,
    pub(super) after: Option<u64>,
    pub(super) before: Option<u64>,
    pub(super) limit: Option<usize>,
}

impl Wanted {
    pub(super) fn takes(&self, request: &Recorded) -> bool {
        self.client.as_ref().is_none_or(|client| request.seen.client_id.as_ref() == Some(client))
            && self.outcome.is_none_or(|outcome| request.outcome == outcome)
            && self.after.is_none_or(|after| request.seq > after)
            && self.before.is_none_or(|before| request.seq < before)
    }
}

/// How one request is shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    #[serde(default)]
    details: bool,
}

/// The newest first; `next` is to be given as `before`.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Asked(wanted): Asked<Wanted>,
) -> Json<Page<TraceEntry>> {
    let limit = wanted.limit.unwrap_or(100).clamp(1, MAX_PAGE);
    let found = app.trace.newest(limit + 1, |request| wanted.takes(request));
    let items: Vec<_> = found.iter().take(limit).map(|request| request.entry()).collect();
    let next = items.last().filter(|_| found.len() > limit).map(|last| last.seq.to_string());
    Json(Page { items, next })
}

pub(super) async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Asked(shown): Asked<Shown>,
) -> Result<Json<TraceDetails>, Refusal> {
    let structured = if shown.details { Structured::Shown } else { Structured::Hidden };
    let found = app.trace.find(&id).ok_or_else(|| Refusal::unknown("request", &id))?;
    Ok(Json(found.details(structured)))
}

/// Server-sent events, each an entry of the list. A reader that lags too far behind misses some.
pub(super) async fn live(
    State(app): State<Arc<App>>,
    Asked(wanted): Asked<Wanted>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let requests = stream::unfold((app.trace.watch(), wanted), |(mut watch, wanted)| async move {
        loop {
            match watch.recv().await {
                Ok(request) if wanted.takes(&request) => {
                    let event = Event::default().json_data(request.entry()).unwrap_or_default();
                    return Some((Ok(event), (watch, wanted)));
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(requests).keep_alive(KeepAlive::default())
}
