//! Refusals.

use serde::{Deserialize, Serialize};

/// A refusal (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize)]
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
