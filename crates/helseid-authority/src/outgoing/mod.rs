//! What the authority sends to clients by itself: bounded in number, time and memory, whoever hangs.
//!
//! - Of one client, one letter is under way, and at most [`queues::MAX_WAITING`] wait. Of all clients together, eight are under way.
//! - A try takes at most five seconds. Redirects are not followed, and of an answer the status alone is looked at.
//! - A letter is tried once more, a second later, where there was no answer, or one that says to come again.
//! - Nothing is stored: what waits when the process is killed is not sent. When it stops, what waits has some seconds.

mod delivery;
mod queues;
mod sender;
#[cfg(test)]
mod tests;

pub(crate) use delivery::Delivery;
pub(crate) use sender::{Letter, Outgoing, Patience};
