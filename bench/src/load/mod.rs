//! Load: requests that are made before the clock starts, sent by connections that each wait for their answer.

mod answer;
mod calls;
mod closed_loop;
mod hostile;
mod issuer;
mod logins;
mod tokens;

pub(crate) use answer::exchange;
pub(crate) use calls::{Calls, PATH};
pub(crate) use closed_loop::{Exchange, Load, Measured};
pub(crate) use hostile::{KINDS_COUNT, send as send_hostile};
pub(crate) use issuer::{AUDIENCE, BenchIssuer, SCOPE};
pub(crate) use logins::{Begun, CALLBACK, Logins, Who};
pub(crate) use tokens::{Asking, AskingClient, verify_tokens};

/// Makes `count` requests on two threads, in their order.
pub(crate) fn prepared<E: Send>(count: usize, make: impl Fn(usize) -> E + Sync) -> Vec<E> {
    let half = count / 2;
    std::thread::scope(|scope| {
        let first = scope.spawn(|| (0..half).map(&make).collect::<Vec<_>>());
        let second: Vec<_> = (half..count).map(&make).collect();
        let mut all = first.join().unwrap();
        all.extend(second);
        all
    })
}
