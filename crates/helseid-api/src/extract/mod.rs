//! The caller as an argument of a handler.

mod caller;
mod claims;
mod demands;
mod person;
mod scoped;
mod token;

pub use caller::Caller;
pub use claims::Claims;
pub use person::{AtLevel, Attested, HealthWorker, Person};
#[doc(hidden)]
pub use scoped::{Scoped, admitted_with, one_scope};
pub use token::CallerToken;
