//! Refusals.

use serde::{Deserialize, Serialize};

/// Why a request was refused (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What failed, in one line.
    pub title: String,
    /// Why, in one line.
    pub detail: String,
    /// What to do next, in one line.
    pub next: String,
}
