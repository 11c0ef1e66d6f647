//! Calls of APIs: each attempt has a token and a fresh proof.
//!
//! [`CallBuilder`] sends calls itself. [`CallAttempts`] is the same without the sending, for another HTTP stack: it makes the
//! headers of each attempt, and says what a response means.

mod access;
mod attempts;
mod builder;
mod headers;

pub(crate) use access::{Access, Sent};
pub use attempts::{CallAttempts, Challenge, Retry};
pub use builder::{CallBuilder, MAX_RESPONSE_BYTES};
pub use headers::CallHeaders;
pub(crate) use headers::authorize;
