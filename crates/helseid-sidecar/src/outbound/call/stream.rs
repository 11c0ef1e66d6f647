//! The body of an answer, handed on as it arrives. It ends with its token, some grace later (threat B22), and when nothing moves.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use helseid_http::AnswerBody;
use helseid_protocol::time::{Clock, Timestamp};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Interval, interval};

use super::body::Progress;
use super::passed;

/// How often the time is looked at while nothing arrives.
const TICK: Duration = Duration::from_secs(1);

/// When an answer ends at the latest.
#[derive(Clone)]
pub(super) struct Bounds {
    pub(super) clock: Arc<dyn Clock>,
    /// The end of the token and its grace; nothing if it has none.
    pub(super) until: Option<Timestamp>,
    /// How long nothing may arrive.
    pub(super) idle: Duration,
    /// Of the request's body, which may still be on its way.
    pub(super) progress: Arc<Progress>,
}

/// The body of an answer.
pub(super) struct Stream {
    inner: AnswerBody,
    bounds: Bounds,
    /// Since when nothing arrives, and what wakes up meanwhile.
    waits: Option<(Instant, Interval)>,
}

/// Why an answer was cut off.
#[derive(Debug, thiserror::Error)]
pub(super) enum CutOff {
    /// The connection broke.
    #[error("the connection to the API broke")]
    Broken,
    /// Nothing moved.
    #[error("the API sent nothing more")]
    Idle,
    /// The token is past its time.
    #[error("the token of the call has expired")]
    Expired,
}

impl Stream {
    pub(super) const fn new(inner: AnswerBody, bounds: Bounds) -> Self {
        Self { inner, bounds, waits: None }
    }

    /// Whether it ends now, though nothing arrived.
    fn ends(&mut self, context: &mut Context<'_>) -> Option<CutOff> {
        let (since, tick) = self.waits.get_or_insert_with(|| (Instant::now(), interval(TICK)));
        while tick.poll_tick(context).is_ready() {
            let last = self.bounds.progress.last().max(*since);
            if last.elapsed() >= self.bounds.idle {
                return Some(CutOff::Idle);
            }
            if self.bounds.is_over() {
                return Some(CutOff::Expired);
            }
        }
        None
    }
}

impl Bounds {
    /// Whether the token and its grace are over.
    pub(super) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| self.clock.now() > until)
    }
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else {
            return self.ends(context).map_or(Poll::Pending, |why| Poll::Ready(Some(Err(why))));
        };
        self.waits = None;
        let Some(frame) = frame else { return Poll::Ready(None) };
        let Ok(frame) = frame else { return Poll::Ready(Some(Err(CutOff::Broken))) };
        match frame.into_data() {
            Ok(_) if self.bounds.is_over() => Poll::Ready(Some(Err(CutOff::Expired))),
            Ok(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Err(last) => {
                let trailers = last.into_trailers().ok().and_then(passed::trailers);
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
