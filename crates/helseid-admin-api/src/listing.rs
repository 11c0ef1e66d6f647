//! Lists, in pages and with the origin of their entries.

use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; none on the last.
    pub next: Option<String>,
}

/// An entry of the registry, and whether a seed file put it there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The entry.
    #[serde(flatten)]
    pub entry: T,
    /// Whether a seed file put it there.
    pub managed_by_file: bool,
}
