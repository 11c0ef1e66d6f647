//! Why there is no server.

use std::fmt;

/// Why there is no server.
#[derive(Debug)]
pub struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

pub(crate) fn broken(what: impl fmt::Display, why: impl fmt::Display) -> Broken {
    Broken(format!("{what}: {why}"))
}
