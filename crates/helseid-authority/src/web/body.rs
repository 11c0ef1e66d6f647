//! Bodies, bounded in size and time.

use std::error::Error as _;
use std::time::Duration;

use ::http::StatusCode;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::{future, stream};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// The most bytes of a body that nobody wants.
const MAX_DISCARDED: usize = 8 * 1024 * 1024;

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

/// Takes a body that nobody wants, and keeps nothing of it. After 8 MiB, or the same time as always, the rest is left where it is.
pub(crate) async fn discard(body: Body) {
    let mut body = Limited::new(body, MAX_DISCARDED);
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(TIME, all).await;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::StreamExt as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_is_discarded_to_its_end_and_one_that_does_not_end_for_its_time_and_its_size() {
        let taken = Arc::new(AtomicUsize::new(0));
        let whole = || {
            let counted = taken.clone();
            stream::iter(1..=100).map(move |piece| {
                counted.store(piece, Ordering::Relaxed);
                Ok::<_, BodyError>(Bytes::from_static(b"x"))
            })
        };
        let started = Instant::now();
        discard(Body::from_stream(whole())).await;
        assert_eq!((taken.load(Ordering::Relaxed), started.elapsed()), (100, Duration::ZERO));
        discard(Body::from_stream(whole().chain(stream::pending()))).await;
        assert_eq!(started.elapsed().as_secs(), TIME.as_secs());
        discard(failing(BodyError::Incomplete)).await;

        const PIECE: usize = 64 * 1024;
        let (started, counted) = (Instant::now(), taken.clone());
        counted.store(0, Ordering::Relaxed);
        let endless = stream::repeat(Bytes::from(vec![b'x'; PIECE])).map(move |piece| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok::<_, BodyError>(piece)
        });
        discard(Body::from_stream(endless)).await;
        assert_eq!(taken.load(Ordering::Relaxed), MAX_DISCARDED / PIECE + 1);
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
