//! The endpoints at which a client authenticates itself: a POST with a form, which holds its assertion, and often a DPoP proof.
//!
//! What they share is here: the form is read, the request judged by one snapshot of the registry at a time, what it uses up is
//! claimed in one step, and its outcome is recorded and written as JSON. What a request gets is its endpoint's own, a [`Line`].

mod call;
mod endpoint;
mod line;
mod record;
mod redeem;
mod response;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use call::PostCall;
pub(super) use call::{NO_KEY_YET, Notes, ReadCall, Stop, TOO_MANY, When, stores_away};
pub(super) use endpoint::serve;
pub(super) use line::{Answer, Line, authenticated, bound};
#[cfg(test)]
pub(super) use line::{Outcome, answer};
pub(super) use record::{Ended, keep_notes};
pub(super) use redeem::{OwnClaim, OwnUse, Redeemed, at_once};
pub(super) use response::other_method;
