//! Where a browser is sent back to, and with what (RFC 6749 section 3.1.2, RFC 9700 section 4.1).
//!
//! A [`RedirectTarget`] is made by comparing with what the client has registered and in no other way; a [`ReturnPath`] holds
//! one; and an [`Answer`] comes from a return path alone. So nothing that a stranger writes is ever redirected to.

mod answer;
mod target;
#[cfg(test)]
mod tests;

pub use answer::{Answer, CodeAnswer, ResponseMode, ReturnPath};
pub use target::{Found, RedirectTarget};
