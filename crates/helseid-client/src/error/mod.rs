//! Everything that can go wrong, by type.

mod failure;
mod kind;
mod message;
mod sign_error;

pub use failure::Error;
pub(crate) use failure::Inner;
pub use kind::ErrorKind;
pub use sign_error::SignError;
