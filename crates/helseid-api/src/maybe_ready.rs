//! A value that is ready, or a future of it: most keys and used proofs are in memory, and cost no allocation.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of `T` that is only boxed if the value is not ready yet.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_api::MaybeReady;
///
/// fn looked_up(kept: Option<u32>) -> MaybeReady<'static, u32> {
///     match kept {
///         // The usual case waits for nothing and allocates nothing.
///         Some(number) => MaybeReady::ready(number),
///         None => MaybeReady::later(async { 42 }),
///     }
/// }
/// assert_eq!(looked_up(Some(1)).await + looked_up(None).await, 43);
/// # Ok(()) }
/// ```
pub struct MaybeReady<'a, T>(State<'a, T>);

enum State<'a, T> {
    Ready(Option<T>),
    Pending(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<'a, T> MaybeReady<'a, T> {
    /// A value that is ready.
    #[must_use]
    pub const fn ready(value: T) -> Self {
        Self(State::Ready(Some(value)))
    }

    /// The value that a future gives.
    #[must_use]
    pub fn later(future: impl Future<Output = T> + Send + 'a) -> Self {
        Self(State::Pending(Box::pin(future)))
    }
}

impl<T> MaybeReady<'_, T> {
    /// The value, if it is ready.
    pub(crate) fn into_ready(self) -> Option<T> {
        match self.0 {
            State::Ready(value) => value,
            State::Pending(_) => None,
        }
    }
}

impl<T: Unpin> Future for MaybeReady<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            State::Ready(value) => value.take().map_or(Poll::Pending, Poll::Ready),
            State::Pending(future) => future.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for MaybeReady<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            State::Ready(_) => "MaybeReady(ready)",
            State::Pending(_) => "MaybeReady(later)",
        })
    }
}
