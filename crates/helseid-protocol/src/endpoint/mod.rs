//! The authority's endpoints: requests made and read, answers made and read.

mod basic;
mod client_form;
pub mod end_session;
pub(crate) mod form;
pub mod introspection;
pub mod keys;
mod login_metadata;
pub mod metadata;
pub mod pushed;
pub mod revocation;
pub mod token;

pub use client_form::{ClientForm, ClientFormRules};
pub use form::Parameters;
pub use login_metadata::LoginMetadata;
pub use metadata::Metadata;
