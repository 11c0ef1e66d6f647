//! Whether a request may be set aside. Nearly none need be: keys and used proofs are in memory, and the whole line is run
//! inside the call, with nothing on the heap. Only where it would have to wait it is begun again in a future of its own.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use helseid_protocol::rule::Fault;

use crate::{Rejection, Soon};

/// Whether the line waits for what is not known yet.
pub(crate) trait Patience {
    /// Says that it would have to wait; nothing can where it does.
    type Later: Send;

    /// The answer, or that it is not known yet.
    fn wait<T: Unpin + Send>(soon: Soon<'_, T>) -> impl Future<Output = Result<T, Self::Later>> + Send;
}

/// Waits for nothing.
pub(crate) struct AtOnce;

/// Waits for everything.
pub(crate) struct AsLongAsItTakes;

/// The line would have to wait.
pub(crate) struct Later;

impl Patience for AtOnce {
    type Later = Later;

    async fn wait<T: Unpin + Send>(soon: Soon<'_, T>) -> Result<T, Later> {
        soon.known().ok_or(Later)
    }
}

impl Patience for AsLongAsItTakes {
    type Later = Infallible;

    async fn wait<T: Unpin + Send>(soon: Soon<'_, T>) -> Result<T, Infallible> {
        Ok(soon.await)
    }
}

/// Why the line ends before its end.
pub(crate) enum Halt<R, L> {
    Refused(R),
    Later(L),
}

impl<L> From<Rejection> for Halt<Rejection, L> {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl<L> From<Fault> for Halt<Rejection, L> {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

/// What a line that waits for nothing comes to.
pub(crate) fn at_once<T, R>(
    line: impl Future<Output = Result<T, Halt<R, Later>>>,
) -> Result<T, Halt<R, Later>> {
    match pin!(line).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(Halt::Later(Later)),
    }
}
