//! Why a sidecar does not start.

use std::fmt;

/// Why a sidecar does not start: what failed, why, and what to do next. Holds nothing secret.
///
/// ```
/// use helseid_sidecar::{Config, ListenFlags, Sources};
///
/// let (flags, listen) = (Default::default(), ListenFlags::default());
/// let empty = Config::read(Sources { file: None, account: None, flags, listen, variable: &|_| None });
/// if let Err(error) = empty {
///     let [what, why, next] = error.lines();
///     println!("{what}: {why}. {next}");
/// }
/// ```
#[derive(Debug, Clone)]
pub struct SidecarError {
    what: String,
    why: String,
    next: String,
}

impl SidecarError {
    pub(crate) fn new(what: impl fmt::Display, why: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { what: what.to_string(), why: why.to_string(), next: next.to_string() }
    }

    /// What failed, why, and what to do next; a line each.
    #[must_use]
    pub fn lines(&self) -> [&str; 3] {
        [&self.what, &self.why, &self.next]
    }
}

impl fmt::Display for SidecarError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n  {}\n  {}", self.what, self.why, self.next)
    }
}

impl std::error::Error for SidecarError {}

impl From<helseid_client::Error> for SidecarError {
    fn from(error: helseid_client::Error) -> Self {
        Self::new(error.what(), error.why(), error.next())
    }
}
