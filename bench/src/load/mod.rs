//! Load: requests that are made before the clock starts, sent by connections that each wait for their answer.

mod answer;
mod calls;
mod closed_loop;
mod hostile;
mod issuer;
mod tokens;

pub(crate) use answer::exchange;
pub(crate) use calls::{Calls, PATH};
pub(crate) use closed_loop::{Load, Measured};
pub(crate) use hostile::{KINDS_COUNT, send as send_hostile};
pub(crate) use issuer::{AUDIENCE, BenchIssuer, SCOPE};
pub(crate) use tokens::{Asking, AskingClient, verify_tokens};

use bytes::Bytes;

/// Makes `count` requests on two threads, in their order.
pub(crate) fn prepared(count: usize, make: impl Fn(usize) -> Bytes + Sync) -> Vec<Bytes> {
    let half = count / 2;
    std::thread::scope(|scope| {
        let first = scope.spawn(|| (0..half).map(&make).collect::<Vec<_>>());
        let second: Vec<_> = (half..count).map(&make).collect();
        let mut all = first.join().unwrap();
        all.extend(second);
        all
    })
}
