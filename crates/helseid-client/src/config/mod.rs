//! A whole configuration, checked.

mod finish;
mod key;
mod load;
mod values;

pub use load::DEFAULT_FILE;
pub use values::{Config, KeyLocation};
