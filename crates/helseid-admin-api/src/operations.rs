//! The operation of an authority: links to its pages, the log of changes, signing keys, and faults on request.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Faults of the authority that one client meets, to test how it copes with them. Each is off by default.
///
/// ```
/// use helseid_admin_api::{ClientFaults, operation};
///
/// // The next two requests meet an authority that is down, and each answer is late.
/// let faults = ClientFaults { server_errors: 2, delay_milliseconds: 1_500, ..ClientFaults::default() };
/// assert_eq!(operation::PUT_FAULTS.at(&["my-journal"]), "/admin/api/faults/my-journal");
/// assert_eq!(serde_json::to_value(&faults)?["delay_milliseconds"], 1_500);
/// // What is left out is off.
/// assert_eq!(serde_json::from_str::<ClientFaults>("{}")?, ClientFaults::default());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientFaults {
    /// How many responses that ask for a nonce lack the nonce.
    pub nonces_dropped: u32,
    /// How many requests that bring a nonce are refused with a demand for another one. Nothing of them is used up.
    pub nonces_refused: u32,
    /// How many requests are answered with `server_error_status`.
    pub server_errors: u32,
    /// The status of those responses: 500 to 599, or 429. By default 503.
    #[cfg_attr(test, schemars(range(min = 429, max = 599)))]
    pub server_error_status: Option<u16>,
    /// By how much each response is delayed, in milliseconds.
    #[cfg_attr(test, schemars(range(max = 60_000)))]
    pub delay_milliseconds: u32,
    /// After how many more tokens the authority gets a new signing key.
    pub rollover_after: Option<u32>,
    /// By how much the authority's clock is ahead for this client, at most a year; negative if it is behind.
    #[cfg_attr(test, schemars(range(min = -31_536_000, max = 31_536_000)))]
    pub clock_skew_seconds: i64,
    /// Whether half of the JWK Set is missing. It is then missing for everyone, as a request for it does not say who asks.
    pub truncated_jwks: bool,
    /// The `token_type` of token responses.
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    pub token_type: Option<String>,
}

/// A link that opens the admin pages in a browser once.
///
/// ```
/// use helseid_admin_api::SignInLink;
///
/// let answer = r#"{"url":"http://localhost:8480/admin/sign-in#s3cret","expires":1790000600}"#;
/// let link: SignInLink = serde_json::from_str(answer)?;
/// // A browser sends no fragment to the server, and a log does not show it.
/// assert_eq!(link.url.split_once('#').map(|(_, secret)| secret), Some("s3cret"));
/// let logged = format!("{link:?}");
/// assert!(logged.contains("1790000600") && !logged.contains("s3cret"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SignInLink {
    /// The link. Its fragment is a secret.
    pub url: String,
    /// When it expires.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub expires: Timestamp,
}

impl fmt::Debug for SignInLink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SignInLink").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A change of the registry.
///
/// ```
/// use helseid_admin_api::{AuditEntry, AuditQuery, Page, operation};
///
/// # let answer = r#"{ "items": [
/// #     { "seq": 9, "at": 1790000000, "actor": "client my-journal", "action": "put", "kind": "client", "id": "my-journal" },
/// #     { "seq": 8, "at": 1789999000, "actor": "admin", "action": "remove", "kind": "api", "id": "nhn:api" }
/// # ], "next": "8" }"#;
/// let page: Page<AuditEntry> = serde_json::from_str(answer)?;
/// let by_clients = page.items.iter().filter(|change| change.actor.starts_with("client "));
/// assert_eq!(by_clients.map(|change| change.seq).collect::<Vec<_>>(), [9]);
/// let older = AuditQuery { before: page.items.last().map(|change| change.seq), limit: None };
/// assert_eq!(operation::AUDIT.with_query(&[], &older), "/admin/api/audit?before=8");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Its place in the order of all changes.
    pub seq: i64,
    /// When it was made.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub at: Timestamp,
    /// Who made it: `admin`, `seed file`, `client ID` or `access key NAME`.
    pub actor: String,
    /// What was done, such as `put` or `remove`.
    pub action: String,
    /// The kind of the entry that was changed.
    pub kind: String,
    /// The id of the entry that was changed.
    pub id: String,
}

/// A signing key, without its private half.
///
/// ```
/// use helseid_admin_api::SigningKeyEntry;
///
/// # let answer = r#"[
/// #     { "kid": "b", "alg": "RS256", "created": 1790000000, "active_from": 1790003600, "retires": null, "state": "next" },
/// #     { "kid": "a", "alg": "RS256", "created": 1780000000, "active_from": 1780000000, "retires": 1790090000, "state": "signing" }
/// # ]"#;
/// let keys: Vec<SigningKeyEntry> = serde_json::from_str(answer)?;
/// let next = keys.iter().find(|key| key.state == "next").ok_or("no rotation is under way")?;
/// // How long APIs have to fetch the key before tokens are signed with it.
/// assert_eq!(next.active_from.seconds_after(next.created), 3_600);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SigningKeyEntry {
    /// Its key id.
    pub kid: String,
    /// The algorithm that it signs with.
    pub alg: String,
    /// When it was made and published.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub created: Timestamp,
    /// When it begins to sign.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub active_from: Timestamp,
    /// When it moves to the expired keys.
    #[cfg_attr(test, schemars(with = "Option<schema::Timestamp>"))]
    pub retires: Option<Timestamp>,
    /// `next`, `signing`, `published` or `expired`.
    #[cfg_attr(test, schemars(extend("enum" = ["next", "signing", "published", "expired"])))]
    pub state: String,
}

/// How to rotate the signing keys.
///
/// ```
/// use helseid_admin_api::Rotation;
///
/// let body = serde_json::to_string(&Rotation { lead_seconds: 3_600 })?;
/// assert_eq!(body, r#"{"lead_seconds":3600}"#);
/// // Without a lead, the new key signs at once.
/// assert_eq!(serde_json::from_str::<Rotation>("{}")?.lead_seconds, 0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Rotation {
    /// How long the new key is published before it signs.
    #[cfg_attr(test, schemars(range(max = 86_400)))]
    pub lead_seconds: u32,
}
