//! The error of a rotation.

use crate::error::{self, Error};

pub(super) fn failed(what: impl ToString, why: impl ToString, next: impl ToString) -> Error {
    error::Inner::Rotation { what: what.to_string(), why: why.to_string(), next: next.to_string() }.into()
}
