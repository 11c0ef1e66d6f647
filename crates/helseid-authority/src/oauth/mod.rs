//! The endpoints of OAuth, and what the authority says of itself.

pub(crate) mod discovery;
pub(crate) mod token;
