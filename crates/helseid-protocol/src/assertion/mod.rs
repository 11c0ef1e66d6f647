//! The client assertion: how a client says who it is (RFC 7523, and HelseID's own demands).
//!
//! [`make`] makes one; [`PresentedAssertion`] checks one that came, rule by rule.

mod check;
mod key;
mod make;
#[cfg(test)]
mod tests;

pub(crate) use check::replay_id;
pub use check::{CheckedAssertion, Expectations, PresentedAssertion};
pub use key::ClientKey;
pub(crate) use key::KeyRules;
#[cfg(any(test, feature = "forge"))]
pub(crate) use make::claims;
pub(crate) use make::header;
pub use make::{AssertionRequest, LIFETIME, draft, make};

/// `typ` of an assertion (HelseID: use of client assertion).
pub const TYP: &str = "client-authentication+jwt";

/// The most bytes of an assertion: 16 KiB, for those with structured claims.
pub const MAX_BYTES: usize = 16 * 1024;
