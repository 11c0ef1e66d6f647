//! The pages of a login that no form of the login itself leads to: errors, and the end of a session.

mod error;
mod form_post;
mod frame;
mod logout;
#[cfg(test)]
mod tests;

pub(crate) use error::{ErrorPage, Explained, Fact};
pub(crate) use form_post::FormPost;
pub(super) use frame::{Frame, Referrer, answer, wants_json};
pub(crate) use logout::{ConfirmLogout, SignedOut};
