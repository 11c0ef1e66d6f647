//! What a configuration file, the environment and flags can say; each may say a part.

mod file;
mod parts;
mod variables;

pub use parts::{ApiSettings, KeyPlace, Scopes, Settings};
