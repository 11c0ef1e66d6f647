//! Bodies, bounded in size and time.

use std::error::Error as _;
use std::time::Duration;

use ::http::StatusCode;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::{future, stream};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// How long a body may take.
const TIME: Duration = Duration::from_secs(10);

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body cannot be read")]
pub(crate) enum BodyError {
    /// It is longer than it may be.
    TooLarge,
    /// The connection ended before it did.
    Incomplete,
    /// It took too long.
    TooSlow,
}

impl BodyError {
    /// The status that says so.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete => StatusCode::BAD_REQUEST,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

/// A body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    match tokio::time::timeout(TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(error)) => {
            let told = error.downcast_ref::<axum::Error>().and_then(|error| error.source()?.downcast_ref());
            Err(told.copied().unwrap_or(BodyError::Incomplete))
        }
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// A body that [`read`] fails to read for this reason: a layer that reads a body in vain passes this one on.
pub(crate) fn failing(why: BodyError) -> Body {
    Body::from_stream(stream::once(future::ready(Err::<Bytes, _>(why))))
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        self.status().into_response()
    }
}
