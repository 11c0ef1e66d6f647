//! Why something was not done.

use std::fmt;

use crate::registry::registration::{NotRegistered, Reason};
use crate::storage::ephemeral::Unavailable;
use crate::storage::registry::StoreError;

/// Something was not done: of which kind the reason is, and what to tell people.
#[derive(Debug)]
pub(crate) struct ServiceError {
    pub(crate) reason: Reason,
    /// What failed.
    pub(crate) title: String,
    /// Why.
    pub(crate) detail: String,
    /// What to do next.
    pub(crate) next: String,
}

impl ServiceError {
    pub(crate) fn new(
        reason: Reason,
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        NotRegistered::new(reason, title, detail, next).into()
    }

    /// The request is wrong.
    pub(crate) fn invalid(
        title: impl fmt::Display,
        detail: impl fmt::Display,
        next: impl fmt::Display,
    ) -> Self {
        Self::new(Reason::Wrong, title, detail, next)
    }

    /// There is nothing of this name.
    pub(crate) fn unknown(kind: &str, id: impl fmt::Display) -> Self {
        NotRegistered::unknown(kind, id).into()
    }
}

impl From<NotRegistered> for ServiceError {
    fn from(why: NotRegistered) -> Self {
        Self { reason: why.reason, title: why.title, detail: why.detail, next: why.next }
    }
}

impl From<ServiceError> for NotRegistered {
    fn from(why: ServiceError) -> Self {
        Self::new(why.reason, why.title, why.detail, why.next)
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        NotRegistered::from(error).into()
    }
}

impl From<Unavailable> for ServiceError {
    fn from(unavailable: Unavailable) -> Self {
        let title = "sessions cannot be stored now";
        Self::new(Reason::Unavailable, title, unavailable.why(), "try again in a moment")
    }
}
