//! What lists have in common.

use serde::{Deserialize, Serialize};

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub struct Page<T> {
    /// The entries of this page.
    pub items: Vec<T>,
    /// The value of `after`, or `before`, that gives the next page; `null` on the last page.
    pub next: Option<String>,
}

/// An entry of the registry, and whether a seed file manages it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Listed{T}"))]
pub struct Listed<T> {
    /// The entry.
    #[serde(flatten)]
    pub entry: T,
    /// Whether a seed file manages the entry.
    pub managed_by_file: bool,
}
