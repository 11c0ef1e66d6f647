//! The authority's endpoints: requests made and read, answers made and read.

pub mod keys;
pub mod metadata;
pub mod token;

pub use metadata::Metadata;
