//! Answers whose body is handed on as it arrives.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::error::HttpError;
use crate::limits::Limits;

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
