//! Bodies that are handed on, bounded in size and time.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::web::body;

/// Why a body was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum CutOff {
    /// It is longer than it may be.
    #[error("the body is too long")]
    TooLong,
    /// The call has taken all of its time.
    #[error("the call took too long")]
    TooLate,
    /// Its sender, or the connection, broke it off.
    #[error("the body broke off")]
    Broken,
}

/// How much of a body passes, and until when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) bytes: u64,
    pub(super) until: Instant,
}

/// A body within its bounds. Of its trailers nothing passes.
pub(super) struct Bounded<B> {
    inner: Pin<Box<B>>,
    left: u64,
    late: Pin<Box<Sleep>>,
    /// Told when it is cut off.
    cut_off: Arc<OnceLock<CutOff>>,
}

impl<B> Bounded<B> {
    pub(super) fn new(inner: B, bounds: Bounds) -> Self {
        let Bounds { bytes, until } = bounds;
        let (inner, late) = (Box::pin(inner), Box::pin(sleep_until(until)));
        Self { inner, left: bytes, late, cut_off: Arc::default() }
    }

    /// Where it is told why it was cut off.
    pub(super) fn cut_off(&self) -> Arc<OnceLock<CutOff>> {
        self.cut_off.clone()
    }

    fn cut<T>(&self, why: CutOff) -> Poll<Option<Result<T, CutOff>>> {
        let _ = self.cut_off.set(why);
        Poll::Ready(Some(Err(why)))
    }
}

impl<B: HttpBody<Data = Bytes>> HttpBody for Bounded<B> {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        if self.late.as_mut().poll(context).is_ready() {
            return self.cut(CutOff::TooLate);
        }
        let Poll::Ready(frame) = self.inner.as_mut().poll_frame(context) else { return Poll::Pending };
        match frame {
            None => Poll::Ready(None),
            Some(Err(_)) => self.cut(CutOff::Broken),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => match self.left.checked_sub(data.len() as u64) {
                    Some(left) => {
                        self.left = left;
                        Poll::Ready(Some(Ok(Frame::data(data))))
                    }
                    None => self.cut(CutOff::TooLong),
                },
                // Trailers are the last that comes.
                Err(_) => Poll::Ready(None),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The body of a caller. What nobody took of it is read when this is dropped: who is answered while sending would see a broken
/// connection.
pub(super) struct Incoming(Option<Body>);

impl Incoming {
    pub(super) const fn new(body: Body) -> Self {
        Self(Some(body))
    }
}

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.0.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let Some(rest) = self.0.take().filter(|body| !body.is_end_stream()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(body::discard(rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::{StreamExt as _, stream};
    use http_body_util::BodyExt as _;

    use super::*;

    async fn through(body: Body, bytes: u64, within: Duration) -> (Result<Bytes, CutOff>, Option<CutOff>) {
        let bounded = Bounded::new(body, Bounds { bytes, until: Instant::now() + within });
        let told = bounded.cut_off();
        let passed = bounded.collect().await.map(|all| all.to_bytes());
        (passed, told.get().copied())
    }

    fn pieces(count: usize) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
        stream::iter((0..count).map(|_| Ok(Bytes::from_static(b"xxxx"))))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_passes_up_to_its_size_and_within_its_time() {
        let soon = Duration::from_secs(1);
        let (whole, told) = through(Body::from_stream(pieces(3)), 12, soon).await;
        assert_eq!((whole.unwrap().len(), told), (12, None));
        let (cut, told) = through(Body::from_stream(pieces(3)), 11, soon).await;
        assert_eq!((cut, told), (Err(CutOff::TooLong), Some(CutOff::TooLong)));
        let endless = Body::from_stream(pieces(1).chain(stream::pending()));
        let (cut, told) = through(endless, 12, soon).await;
        assert_eq!((cut, told), (Err(CutOff::TooLate), Some(CutOff::TooLate)));
        let broken = pieces(1).chain(stream::iter([Err(std::io::Error::other("gone"))]));
        let (cut, _) = through(Body::from_stream(broken), 12, soon).await;
        assert_eq!(cut, Err(CutOff::Broken));
    }
}
