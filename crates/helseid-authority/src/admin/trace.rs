//! The trace: a list, one request opened, and requests as they come.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Sse;
use axum::response::sse::Event;
use futures_util::stream::{self, Stream};
use helseid_admin_api::{Page, TraceDetails, TraceEntry, TraceOutcome};
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::Refusal;
use super::input::Asked;
use crate::app::App;
use crate::trace::{Recorded, Structured};

/// The most requests on one page.
const MAX_PAGE: usize = 1_000;

/// How often it is asked whether a reader of the live trace may go on, if nothing comes.
const LOOK: Duration = Duration::from_secs(5);

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

/// For the holder of the admin token, which is good as long as the authority runs.
pub(super) async fn live(
    State(app): State<Arc<App>>,
    Asked(wanted): Asked<Wanted>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    events(app.trace.watch(), wanted, || std::future::ready(true))
}

/// Server-sent events, each an entry of the list, for as long as `may_see` says so. A reader that lags too far behind
/// misses some.
pub(super) fn events<F: Future<Output = bool> + Send + 'static>(
    watch: Receiver<Arc<Recorded>>,
    wanted: Wanted,
    may_see: impl Fn() -> F + Send + 'static,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut ticks = interval_at(Instant::now() + LOOK, LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Sse::new(requests(watch, wanted, ticks, may_see))
}

/// With each tick comes an empty comment, by which both sides know that the other is there. Whether the reader may see is
/// asked before each thing that it would be sent.
fn requests<F: Future<Output = bool> + Send + 'static>(
    watch: Receiver<Arc<Recorded>>,
    wanted: Wanted,
    ticks: Interval,
    may_see: impl Fn() -> F + Send + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((watch, wanted, ticks, may_see), |(mut watch, wanted, mut ticks, may_see)| async move {
        loop {
            let event = tokio::select! {
                _ = ticks.tick() => Event::default().comment(""),
                request = watch.recv() => match request {
                    Ok(request) if wanted.takes(&request) => {
                        Event::default().json_data(request.entry()).unwrap_or_default()
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return None,
                },
            };
            let goes_on = may_see().await;
            return goes_on.then_some((Ok(event), (watch, wanted, ticks, may_see)));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::StreamExt as _;

    use super::*;
    use crate::trace::Trace;

    /// Sign-out and expiry look the same from here.
    #[tokio::test]
    async fn a_reader_who_may_see_no_more_is_sent_nothing_more_and_the_stream_ends_though_nothing_comes() {
        let (trace, may_see) = (Trace::new(), Arc::new(AtomicBool::new(true)));
        let asked = may_see.clone();
        let ticks = tokio::time::interval(Duration::from_millis(1));
        let requests = requests(trace.watch(), Wanted::default(), ticks, move || {
            std::future::ready(asked.load(Ordering::SeqCst))
        });
        let mut requests = pin!(requests);
        for _ in 0..3 {
            assert!(requests.next().await.is_some());
        }
        may_see.store(false, Ordering::SeqCst);
        assert!(requests.next().await.is_none());
    }
}
