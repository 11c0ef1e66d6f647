//! The trace: a list, one request opened, and requests as they come.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use helseid_admin_api::{Page, TraceDetails, TraceEntry, TraceQuery};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::error::ServiceError;
use crate::trace::{Recorded, Structured, Trace};

/// The most requests on one page.
const MAX_PAGE: usize = 1_000;

/// How often a reader of the live trace is checked, and sent a sign of life, if nothing comes.
const TICK: Duration = Duration::from_secs(5);

/// Whether a query asks for a request.
fn is_asked_for(query: &TraceQuery, request: &Recorded) -> bool {
    query.client.as_ref().is_none_or(|client| request.artifacts.client_id.as_ref() == Some(client))
        && query.login.as_ref().is_none_or(|login| request.artifacts.login_id.as_ref() == Some(login))
        && query.outcome.is_none_or(|outcome| request.outcome == outcome)
        && query.after.is_none_or(|after| request.seq > after)
        && query.before.is_none_or(|before| request.seq < before)
}

/// The trace, for whoever administers the authority.
pub(crate) struct TraceAdmin(Arc<Trace>);

impl TraceAdmin {
    pub(crate) const fn new(trace: Arc<Trace>) -> Self {
        Self(trace)
    }

    /// The newest first; `next` is to be given as `before`.
    pub(crate) fn list(&self, query: &TraceQuery) -> Page<TraceEntry> {
        let limit = query.limit.unwrap_or(100).clamp(1, MAX_PAGE);
        let found = self.0.newest(limit + 1, |request| is_asked_for(query, request));
        let items: Vec<_> = found.iter().take(limit).map(|request| request.entry()).collect();
        let next = items.last().filter(|_| found.len() > limit).map(|last| last.seq.to_string());
        Page { items, next }
    }

    /// Every client that a request of the trace names, by id.
    pub(crate) fn clients(&self) -> Vec<String> {
        let named = self.0.newest(usize::MAX, |request| request.artifacts.client_id.is_some());
        let mut clients: Vec<_> = named.iter().filter_map(|request| request.entry().client_id).collect();
        clients.sort();
        clients.dedup();
        clients
    }

    /// The requests of one login, the oldest first.
    pub(crate) fn login(&self, id: &str) -> Result<Vec<TraceEntry>, ServiceError> {
        let found = self.0.of_login(id);
        if found.is_empty() {
            return Err(ServiceError::unknown("login", id));
        }
        Ok(found.iter().map(|request| request.entry()).collect())
    }

    /// One request. Structured claims may be about patients, and are shown if that is asked for.
    pub(crate) fn show(&self, id: &str, structured: bool) -> Result<TraceDetails, ServiceError> {
        let structured = if structured { Structured::Shown } else { Structured::Hidden };
        self.0.explained(id, structured).ok_or_else(|| ServiceError::unknown("request", id))
    }

    /// Requests as they come, for as long as `may_see` says so; in between, nothing every few seconds. A reader that lags too
    /// far behind misses some.
    pub(crate) fn live<F, M>(
        &self,
        query: TraceQuery,
        may_see: M,
    ) -> impl Stream<Item = Option<TraceEntry>> + Send + use<F, M>
    where
        F: Future<Output = bool> + Send + 'static,
        M: Fn() -> F + Send + 'static,
    {
        let mut ticks = interval_at(Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        requests(self.0.watch(), query, ticks, may_see)
    }
}

/// Whether the reader may see is asked before each thing that it would be sent.
fn requests<F, M>(
    watch: Receiver<Arc<Recorded>>,
    query: TraceQuery,
    ticks: Interval,
    may_see: M,
) -> impl Stream<Item = Option<TraceEntry>> + Send
where
    F: Future<Output = bool> + Send + 'static,
    M: Fn() -> F + Send + 'static,
{
    stream::unfold((watch, query, ticks, may_see), |(mut watch, query, mut ticks, may_see)| async move {
        loop {
            let item = tokio::select! {
                _ = ticks.tick() => None,
                request = watch.recv() => match request {
                    Ok(request) if is_asked_for(&query, &request) => Some(request.entry()),
                    Ok(_) | Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return None,
                },
            };
            let goes_on = may_see().await;
            return goes_on.then_some((item, (watch, query, ticks, may_see)));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::StreamExt as _;

    use super::*;

    /// Sign-out and expiry look the same from here.
    #[tokio::test]
    async fn a_reader_who_may_see_no_more_is_sent_nothing_more_and_the_stream_ends_though_nothing_comes() {
        let (trace, may_see) = (Trace::new(), Arc::new(AtomicBool::new(true)));
        let asked = may_see.clone();
        let ticks = tokio::time::interval(Duration::from_millis(1));
        let requests = requests(trace.watch(), TraceQuery::default(), ticks, move || {
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
