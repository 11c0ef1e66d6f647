//! The authority's endpoints: requests made and read, answers made and read.

pub mod admin;
pub mod keys;
pub mod metadata;
pub mod token;

pub use metadata::Metadata;
