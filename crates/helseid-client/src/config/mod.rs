//! A whole configuration, checked.

mod finish;
mod key;
mod load;
#[cfg(test)]
mod tests;
mod values;

pub use load::DEFAULT_FILE;
pub use values::{Config, KeyLocation};
