//! The caller as an argument of a handler.

mod caller;
mod claims;
mod scoped;

pub use caller::Caller;
pub use claims::Claims;
#[doc(hidden)]
pub use scoped::{Scoped, admitted_with, one_scope};
