//! Bodies that pass piece by piece: what is sent is counted, and what comes is handed on as it comes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};

use crate::error::HttpError;
use crate::outbound::Limits;

/// Hears how many bytes of a body have gone out so far. Must not block.
pub type Watch = Arc<dyn Fn(u64) + Send + Sync>;

/// How much of a body goes out at a time.
const PIECE: usize = 64 * 1024;

/// An answer whose body is still to come.
pub struct Answer {
    pub(crate) inner: reqwest::Response,
    pub(crate) address: String,
    pub(crate) limits: Limits,
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The length that the server announced for the body.
    #[must_use]
    pub fn announced_length(&self) -> Option<u64> {
        self.inner.content_length()
    }

    /// The next piece of the body; nothing at its end. Its size is not limited here.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        self.inner.chunk().await.map_err(|error| self.limits.failed(&self.address, &error))
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Answer").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// A body of known length that tells how far it is.
pub(crate) struct Counted {
    left: Bytes,
    sent: u64,
    watch: Watch,
}

impl Counted {
    pub(crate) fn new(body: Vec<u8>, watch: Watch) -> Self {
        Self { left: body.into(), sent: 0, watch }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(PIECE);
        let piece = self.left.split_to(length);
        self.sent += length as u64;
        (self.watch)(self.sent);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
