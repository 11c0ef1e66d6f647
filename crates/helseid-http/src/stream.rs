//! Answers whose body is handed on as it arrives.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::error::HttpError;
use crate::limits::Limits;

/// An answer whose body is still to come.
///
/// ```no_run
/// # async fn example(mut answer: helseid_http::Answer, mut file: impl std::io::Write) -> Result<(), Box<dyn std::error::Error>> {
/// println!("{} with {:?} bytes", answer.status(), answer.announced_length());
/// while let Some(piece) = answer.piece().await? {
///     file.write_all(&piece)?;
/// }
/// # Ok(()) }
/// ```
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

impl Answer {
    /// The whole answer, with a body that arrives as it is read, and its trailers.
    #[must_use]
    pub fn into_response(self) -> Response<AnswerBody> {
        let Self { inner, address, limits } = self;
        Response::from(inner).map(|inner| AnswerBody { inner, address, limits })
    }
}

/// The body of an answer, as it arrives. Its size is not limited here.
///
/// ```
/// use helseid_http::{Answer, AnswerBody};
///
/// /// What a gateway passes on, as it arrives.
/// fn passed_on(answer: Answer) -> http::Response<AnswerBody> {
///     answer.into_response()
/// }
/// ```
pub struct AnswerBody {
    inner: reqwest::Body,
    address: String,
    limits: Limits,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let Self { inner, address, limits } = self.get_mut();
        Pin::new(inner).poll_frame(context).map_err(|error| limits.failed(address, &error))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("AnswerBody")
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Answer").field("status", &self.status()).finish_non_exhaustive()
    }
}
