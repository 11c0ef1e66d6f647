//! The body of a request: held for another attempt if it is small, else streamed (threat B15).

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::passed;
use crate::refusal::Refusal;

/// The most bytes that are held.
const MAX_HELD: usize = 64 * 1024;

/// How long a body may take to be held. One that takes longer is streamed.
const HOLD_TIME: Duration = Duration::from_secs(10);

/// How long what nobody wants of a body is still read, so that its sender gets to read the answer.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// The body of a request.
pub(super) enum CallBody {
    /// All of it.
    Held(Bytes, Option<HeaderMap>),
    /// Its beginning, and the rest that is still to come.
    Streamed(Bytes, Incoming),
}

/// A body that is still to come. What is not wanted of it is read when this is dropped.
pub(super) struct Incoming(Option<Body>);

/// When something last moved, and whether the caller is waited for.
#[derive(Debug)]
pub(super) struct Progress {
    last: Mutex<Instant>,
    waits_for_caller: AtomicBool,
}

impl Progress {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { last: Mutex::new(Instant::now()), waits_for_caller: AtomicBool::new(false) })
    }

    /// When something last moved.
    pub(super) fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the next is the caller's to send.
    pub(super) fn waits_for_caller(&self) -> bool {
        self.waits_for_caller.load(Ordering::Relaxed)
    }

    fn moved(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

impl Incoming {
    pub(super) const fn new(body: Body) -> Self {
        Self(Some(body))
    }

    /// Holds the body if it is small and comes soon.
    pub(super) async fn hold(mut self) -> Result<CallBody, Refusal> {
        let (mut first, mut trailers) = (BytesMut::new(), None);
        let Some(body) = &mut self.0 else { return Ok(CallBody::Held(Bytes::new(), None)) };
        if body.size_hint().lower() > MAX_HELD as u64 {
            return Ok(CallBody::Streamed(Bytes::new(), self));
        }
        let until = Instant::now() + HOLD_TIME;
        loop {
            let Ok(frame) = timeout_at(until, body.frame()).await else { break };
            let Some(frame) = frame else {
                self.0 = None;
                return Ok(CallBody::Held(first.freeze(), trailers));
            };
            let frame = frame.map_err(|_| Refusal::invalid("the body is not whole"))?;
            match frame.into_data() {
                Ok(data) => first.extend_from_slice(&data),
                Err(frame) => trailers = frame.into_trailers().ok().and_then(passed::trailers),
            }
            if first.len() > MAX_HELD {
                break;
            }
        }
        Ok(CallBody::Streamed(first.freeze(), self))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let Some(mut body) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let until = Instant::now() + DRAIN_TIME;
            runtime
                .spawn(async move { while let Ok(Some(Ok(_))) = timeout_at(until, body.frame()).await {} });
        }
    }
}

impl CallBody {
    /// The body once more; nothing if it cannot be sent again.
    pub(super) fn again(&self) -> Option<helseid_http::Body> {
        match self {
            Self::Held(bytes, None) => Some(bytes.clone().into()),
            Self::Held(bytes, trailers) => {
                let (first, trailers) = (bytes.clone(), trailers.clone());
                Some(helseid_http::Body::stream(Outgoing { first, rest: None, trailers }))
            }
            Self::Streamed(..) => None,
        }
    }

    /// The body, for the last time.
    pub(super) fn once(self, progress: &Arc<Progress>) -> helseid_http::Body {
        match self {
            Self::Held(..) => self.again().unwrap_or_default(),
            Self::Streamed(first, rest) => {
                let rest = Some((rest, progress.clone()));
                helseid_http::Body::stream(Outgoing { first, rest, trailers: None })
            }
        }
    }
}

/// What goes to the API.
struct Outgoing {
    first: Bytes,
    rest: Option<(Incoming, Arc<Progress>)>,
    trailers: Option<HeaderMap>,
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Self { first, rest, trailers } = self.get_mut();
        if !first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(first)))));
        }
        let Some((Incoming(Some(body)), progress)) = rest else {
            return Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
        };
        let polled = Pin::new(body).poll_frame(context);
        progress.waits_for_caller.store(polled.is_pending(), Ordering::Relaxed);
        let Poll::Ready(frame) = polled else { return Poll::Pending };
        progress.moved();
        let Some(frame) = frame.transpose()? else {
            *rest = None;
            return Poll::Ready(None);
        };
        match frame.into_data() {
            Ok(data) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Err(last) => {
                *rest = None;
                let passed = last.into_trailers().ok().and_then(passed::trailers);
                Poll::Ready(passed.map(|trailers| Ok(Frame::trailers(trailers))))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = match &self.rest {
            Some((Incoming(Some(body)), _)) => body.size_hint(),
            _ if self.trailers.is_some() => SizeHint::default(),
            _ => SizeHint::with_exact(0),
        };
        let first = self.first.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(first));
        }
        hint.set_lower(hint.lower().saturating_add(first));
        hint
    }
}

#[cfg(test)]
mod tests;
