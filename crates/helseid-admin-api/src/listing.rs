//! What lists have in common.

use serde::{Deserialize, Serialize};

/// A page of a list.
///
/// ```
/// use helseid_admin_api::Page;
///
/// let pages = [r#"{"items":[1,2],"next":"2"}"#, r#"{"items":[3],"next":null}"#];
/// let mut all = Vec::new();
/// for answer in pages {
///     let page: Page<u8> = serde_json::from_str(answer)?;
///     all.extend(page.items);
///     // Here the next page is asked for, after this value.
///     let Some(_after) = page.next else { break };
/// }
/// assert_eq!(all, [1, 2, 3]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub struct Page<T> {
    /// The entries of this page.
    pub items: Vec<T>,
    /// The value of `after`, or `before`, that gives the next page; `null` on the last page.
    pub next: Option<String>,
}

/// An entry of the registry, and whether a seed file manages it.
///
/// ```
/// use helseid_admin_api::{Delegation, Listed};
///
/// let answer = r#"[{"parent":"994598759","supplier":"983658776","managed_by_file":true}]"#;
/// let listed: Vec<Listed<Delegation>> = serde_json::from_str(answer)?;
/// // What a seed file manages is changed there; the API refuses to.
/// let may_be_removed = |one: &&Listed<Delegation>| !one.managed_by_file;
/// assert_eq!(listed.iter().filter(may_be_removed).count(), 0);
/// assert_eq!(listed.first().map(|one| one.entry.parent.as_str()), Some("994598759"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Listed{T}"))]
pub struct Listed<T> {
    /// The entry.
    #[serde(flatten)]
    pub entry: T,
    /// Whether a seed file manages the entry.
    pub managed_by_file: bool,
}
