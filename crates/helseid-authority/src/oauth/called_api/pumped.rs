//! The body of an API's answer, on its way to a caller: read by a task of its own, which ends when the call's time is over, however slowly
//! the caller reads. A body that is only asked when the caller has taken the last piece would never know how late it is.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout_at;

use super::bounded::{Bounded, Bounds, CutOff};

/// A piece, or the end.
type Piece = Result<Option<Bytes>, CutOff>;

/// What the task has read.
struct Pumped {
    pieces: Receiver<Piece>,
    /// What is still to come, as its sender said.
    left: SizeHint,
    has_ended: bool,
}

/// The body within its bounds. The call keeps its place until the answer has been read, or its time is over.
pub(super) fn body<B>(inner: B, bounds: Bounds, place: OwnedSemaphorePermit) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
{
    let (has_ended, left) = (inner.is_end_stream(), inner.size_hint());
    let (sender, pieces) = channel(1);
    if !has_ended {
        tokio::spawn(async move {
            let _place = place;
            // The reader is told by the sender's end: there may be no room for a word.
            let _ = timeout_at(bounds.until, pump(Bounded::new(inner, bounds), sender)).await;
        });
    }
    Body::new(Pumped { pieces, left, has_ended })
}

async fn pump<B: HttpBody<Data = Bytes>>(mut body: Bounded<B>, sender: Sender<Piece>) {
    loop {
        let frame = tokio::select! {
            // Nobody reads it any more.
            () = sender.closed() => return,
            frame = body.frame() => frame,
        };
        let piece = frame.transpose().map(|frame| frame.and_then(|frame| frame.into_data().ok()));
        let is_last = !matches!(piece, Ok(Some(_)));
        if sender.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

impl HttpBody for Pumped {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(piece) = self.pieces.poll_recv(context) else { return Poll::Pending };
        // Without an end it is cut off, and must not pass for whole.
        let piece = piece.unwrap_or(Err(CutOff::TooLate));
        self.has_ended = !matches!(piece, Ok(Some(_)));
        if let (Ok(Some(data)), Some(left)) = (&piece, self.left.exact()) {
            self.left = SizeHint::with_exact(left.saturating_sub(data.len() as u64));
        }
        Poll::Ready(piece.transpose().map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended
    }

    fn size_hint(&self) -> SizeHint {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::{StreamExt as _, stream};
    use tokio::sync::Semaphore;
    use tokio::time::Instant;

    use super::*;

    async fn answer(inner: Body, bytes: u64) -> (Body, Arc<Semaphore>) {
        let places = Arc::new(Semaphore::new(1));
        let place = places.clone().acquire_owned().await.unwrap();
        let bounds = Bounds { bytes, until: Instant::now() + Duration::from_secs(120) };
        (body(inner, bounds, place), places)
    }

    fn pieces(count: usize) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
        stream::iter((0..count).map(|_| Ok(Bytes::from_static(b"xxxx"))))
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_too_slowly_keeps_no_place_and_is_told_that_the_answer_is_not_whole() {
        let (mut slow, places) = answer(Body::from_stream(pieces(1_000)), 1 << 20).await;
        let first = slow.frame().await.unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "xxxx");
        let begun = Instant::now();
        let _next = places.acquire().await.unwrap();
        assert!(begun.elapsed() <= Duration::from_secs(121));
        assert!(slow.collect().await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_passes_whole_and_gives_its_place_back() {
        for (inner, told) in [
            (Body::from_stream(pieces(3)), "xxxxxxxxxxxx"),
            (Body::from("hello"), "hello"),
            (Body::empty(), ""),
        ] {
            let exact = inner.size_hint().exact();
            let (whole, places) = answer(inner, 12).await;
            assert_eq!((whole.size_hint().exact(), whole.is_end_stream()), (exact, told.is_empty()));
            assert_eq!(whole.collect().await.unwrap().to_bytes(), told);
            let _next = places.acquire().await.unwrap();
        }
        let (long, _) = answer(Body::from_stream(pieces(4)), 12).await;
        assert!(long.collect().await.is_err());
        let (left, places) = answer(Body::from_stream(pieces(1).chain(stream::pending())), 12).await;
        let begun = Instant::now();
        drop(left);
        let _next = places.acquire().await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
