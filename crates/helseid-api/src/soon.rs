//! An answer that is there already, or comes: most keys and used proofs are in memory, and cost no allocation.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of `T` that need not be boxed where the answer is known at once.
pub struct Soon<'a, T>(State<'a, T>);

enum State<'a, T> {
    Known(Option<T>),
    Coming(Pin<Box<dyn Future<Output = T> + Send + 'a>>),
}

impl<'a, T> Soon<'a, T> {
    /// The answer, known at once.
    #[must_use]
    pub const fn now(answer: T) -> Self {
        Self(State::Known(Some(answer)))
    }

    /// The answer, once `coming` has it.
    #[must_use]
    pub fn later(coming: impl Future<Output = T> + Send + 'a) -> Self {
        Self(State::Coming(Box::pin(coming)))
    }
}

impl<T> Soon<'_, T> {
    /// The answer, if it is known already.
    pub(crate) fn known(self) -> Option<T> {
        match self.0 {
            State::Known(answer) => answer,
            State::Coming(_) => None,
        }
    }
}

impl<T: Unpin> Future for Soon<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match &mut self.0 {
            State::Known(answer) => answer.take().map_or(Poll::Pending, Poll::Ready),
            State::Coming(coming) => coming.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for Soon<'_, T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            State::Known(_) => "Soon(now)",
            State::Coming(_) => "Soon(later)",
        })
    }
}
