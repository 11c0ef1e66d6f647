//! Whether a request may wait. Nearly none has to: keys and used proofs are in memory, and the whole pipeline runs inside the
//! call, with nothing on the heap. Only a request that has to wait is begun again in a future of its own.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use helseid_protocol::rule::Fault;

use crate::maybe_ready::MaybeReady;
use crate::rejection::Rejection;

/// Whether the pipeline waits for values that are not ready.
pub(crate) trait WaitMode {
    /// Says that it would have to wait; without values in a mode that waits.
    type WouldBlock: Send;

    /// The value, or that it is not ready.
    fn wait<T: Unpin + Send>(
        value: MaybeReady<'_, T>,
    ) -> impl Future<Output = Result<T, Self::WouldBlock>> + Send;
}

/// Waits for nothing.
pub(crate) struct NeverWait;

/// Waits for everything.
pub(crate) struct AlwaysWait;

/// The pipeline would have to wait.
pub(crate) struct WouldBlock;

impl WaitMode for NeverWait {
    type WouldBlock = WouldBlock;

    async fn wait<T: Unpin + Send>(value: MaybeReady<'_, T>) -> Result<T, WouldBlock> {
        value.into_ready().ok_or(WouldBlock)
    }
}

impl WaitMode for AlwaysWait {
    type WouldBlock = Infallible;

    async fn wait<T: Unpin + Send>(value: MaybeReady<'_, T>) -> Result<T, Infallible> {
        Ok(value.await)
    }
}

/// Why the pipeline stops before its end.
pub(crate) enum Stop<R, W> {
    Refused(R),
    WouldBlock(W),
}

impl<W> From<Rejection> for Stop<Rejection, W> {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl<W> From<Fault> for Stop<Rejection, W> {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault.into())
    }
}

/// The outcome of a pipeline that waits for nothing.
pub(crate) fn poll_once<T, R>(
    pipeline: impl Future<Output = Result<T, Stop<R, WouldBlock>>>,
) -> Result<T, Stop<R, WouldBlock>> {
    match pin!(pipeline).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(Stop::WouldBlock(WouldBlock)),
    }
}
