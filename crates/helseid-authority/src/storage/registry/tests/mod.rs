//! One suite for both databases, and what each alone must do.

mod broken;
mod contract;
mod migrations;
mod no_store;
#[cfg(feature = "service-tests")]
pub(in crate::storage) mod postgres;

pub(crate) use no_store::NoStore;
