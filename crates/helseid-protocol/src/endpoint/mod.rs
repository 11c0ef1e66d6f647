//! The authority's endpoints: requests made and read, answers made and read.

mod basic;
mod client_form;
pub(crate) mod form;
pub mod keys;
pub mod metadata;
pub mod token;

pub use client_form::{ClientForm, ClientFormRules};
pub use form::Parameters;
pub use metadata::Metadata;
