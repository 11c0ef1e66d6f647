//! One suite for both databases, and what each alone must do.

mod broken;
mod contract;
mod migrations;
#[cfg(feature = "service-tests")]
mod postgres;
