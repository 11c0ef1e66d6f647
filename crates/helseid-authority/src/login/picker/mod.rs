//! The page on which a person is picked, in the place of an identity provider.
//!
//! It is a plain form that works without a script, with names that tests can rely on (docs/guides/login-in-tests.md), and the same
//! as JSON for programs. Persons are chosen by their short names: a number stands in the body of a request at most.

mod choice;
mod listing;
mod page;
#[cfg(test)]
mod tests;

pub(super) use choice::{Choice, Refused};
pub(super) use page::{asking, asking_again};
