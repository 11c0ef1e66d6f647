//! Refusals.

use serde::{Deserialize, Serialize};

/// Why a request was refused (RFC 9457).
///
/// ```
/// use helseid_admin_api::Problem;
///
/// # let answer = r#"{
/// #     "status": 404, "title": "client my-journal was not changed", "detail": "it is not registered",
/// #     "next": "register it, or list the clients"
/// # }"#;
/// // The body of every refusal.
/// let Problem { status, title, detail, next } = serde_json::from_str(answer)?;
/// assert_eq!(format!("{status}: {title}: {detail}"), "404: client my-journal was not changed: it is not registered");
/// assert!(next.starts_with("register it"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
