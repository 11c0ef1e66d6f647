//! Addresses of APIs: which lie below the base of one, and which paths mean the same to everyone who reads them.

mod base;
mod path;
#[cfg(any(test, feature = "test-util"))]
mod readings;

pub(crate) use base::Base;
#[cfg(feature = "test-util")]
pub use readings::is_taken;
