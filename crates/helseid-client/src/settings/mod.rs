//! What a configuration file, the environment and flags can say; each may say a part.

mod file;
mod parts;
mod sections;
mod variables;

pub use parts::{KeyPlace, Scopes, Settings};
pub use sections::{ApiSettings, OtherSection};
