//! Bodies of requests: bytes, or a stream.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// Is told how many bytes of a body have been sent so far. Must not block.
///
/// ```
/// use helseid_http::Watch;
/// use std::sync::Arc;
///
/// let watch: Watch = Arc::new(|sent| println!("{sent} bytes are sent"));
/// watch(65_536);
/// ```
pub type Watch = Arc<dyn Fn(u64) + Send + Sync>;

/// How many bytes of a watched body are sent at a time.
const PIECE: usize = 64 * 1024;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request.
///
/// ```
/// use helseid_http::Body;
///
/// let body = Body::from(br#"{"note": "seen today"}"#.to_vec());
/// // It can be sent again, as when an API asks for its nonce; of a stream there is no copy.
/// assert!(body.try_clone().is_some());
/// ```
pub struct Body(Content);

enum Content {
    Bytes(Bytes),
    Stream(Pin<Box<dyn HttpBody<Data = Bytes, Error = Failure> + Send>>),
}

impl Body {
    /// A body that is sent as it is produced, without being held in memory. It can be sent once.
    pub fn stream<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Failure>,
    {
        Self(Content::Stream(Box::pin(WithFailure(Box::pin(body)))))
    }

    /// The same body once more, without a copy of its bytes; nothing if it is a stream.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Content::Bytes(bytes) => Some(Self(Content::Bytes(bytes.clone()))),
            Content::Stream(_) => None,
        }
    }

    pub(crate) fn into_reqwest(self, watch: Option<Watch>) -> reqwest::Body {
        match (self.0, watch) {
            (Content::Bytes(bytes), None) => bytes.into(),
            (Content::Bytes(bytes), Some(watch)) => {
                reqwest::Body::wrap(Watched { body: Pieces(bytes), sent: 0, watch })
            }
            (Content::Stream(body), None) => reqwest::Body::wrap(Stream(Mutex::new(body))),
            (Content::Stream(body), Some(watch)) => {
                reqwest::Body::wrap(Watched { body: Stream(Mutex::new(body)), sent: 0, watch })
            }
        }
    }
}

impl Default for Body {
    /// No bytes.
    fn default() -> Self {
        Self(Content::Bytes(Bytes::new()))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Content::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Content::Bytes(bytes.into()))
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Content::Bytes(bytes) => write!(out, "Body({} bytes)", bytes.len()),
            Content::Stream(_) => out.write_str("Body(stream)"),
        }
    }
}

/// A stream whose errors have one type.
struct WithFailure<B>(Pin<Box<B>>);

impl<B> HttpBody for WithFailure<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<Failure>,
{
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        self.0.as_mut().poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// A stream to which threads may share a reference, as the HTTP client demands. Nobody waits for the lock.
struct Stream(Mutex<Pin<Box<dyn HttpBody<Data = Bytes, Error = Failure> + Send>>>);

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner).as_mut().poll_frame(context)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// Bytes that are sent piece by piece.
struct Pieces(Bytes);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.0.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.0.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

/// A body that tells how much of it has been sent.
struct Watched<B> {
    body: B,
    sent: u64,
    watch: Watch,
}

impl<B: HttpBody<Data = Bytes, Error = Failure> + Unpin> HttpBody for Watched<B> {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.sent += frame.data_ref().map_or(0, Bytes::len) as u64;
            (self.watch)(self.sent);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
