//! Keys that open the stand-ins for NHN's services.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What an access key opens.
///
/// ```
/// use helseid_admin_api::KeyPurpose;
///
/// let purpose: KeyPurpose = "client-drafts".parse()?;
/// assert_eq!(purpose, KeyPurpose::ClientDrafts);
/// assert_eq!(serde_json::to_value(purpose)?, purpose.name());
/// let refused = "admin".parse::<KeyPurpose>();
/// assert_eq!(refused, Err("expected test-tokens or client-drafts".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum KeyPurpose {
    /// The double of NHN's test token service, with the header `X-Auth-Key`.
    TestTokens,
    /// Drafts of clients at the double of the self-service API, with the header `api-key`.
    ClientDrafts,
}

impl KeyPurpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TestTokens, Self::ClientDrafts];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TestTokens => "test-tokens",
            Self::ClientDrafts => "client-drafts",
        }
    }
}

impl std::str::FromStr for KeyPurpose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|purpose| purpose.name() == text);
        known.ok_or_else(|| "expected test-tokens or client-drafts".to_owned())
    }
}

/// An access key to make.
///
/// ```
/// use helseid_admin_api::{KeyPurpose, NewAccessKey};
///
/// let key = NewAccessKey { purpose: KeyPurpose::TestTokens, name: "nightly tests".to_owned() };
/// let body = serde_json::to_string(&key)?;
/// assert_eq!(body, r#"{"purpose":"test-tokens","name":"nightly tests"}"#);
/// // Nobody chooses the key itself.
/// let chosen = r#"{"purpose":"test-tokens","name":"nightly tests","key":"secret"}"#;
/// assert!(serde_json::from_str::<NewAccessKey>(chosen).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewAccessKey {
    /// What it opens.
    pub purpose: KeyPurpose,
    /// Its name, for people.
    #[cfg_attr(test, schemars(length(min = 1, max = 200)))]
    pub name: String,
}

/// An access key, without the key itself, which is shown only when it is made.
///
/// ```
/// use helseid_admin_api::{AccessKeyEntry, operation};
///
/// let answer = r#"[{"id":"k1","purpose":"test-tokens","name":"nightly tests","created":1790000000}]"#;
/// let keys: Vec<AccessKeyEntry> = serde_json::from_str(answer)?;
/// // A key is removed by its id, since the key itself is not shown again.
/// let path = keys.iter().find(|key| key.name == "nightly tests").map(|key| operation::REMOVE_ACCESS_KEY.at(&[&key.id]));
/// assert_eq!(path.as_deref(), Some("/admin/api/access-keys/k1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AccessKeyEntry {
    /// Its id, which is not a secret.
    pub id: String,
    /// What it opens.
    pub purpose: KeyPurpose,
    /// Its name, for people.
    pub name: String,
    /// When it was made.
    #[cfg_attr(test, schemars(with = "schema::Timestamp"))]
    pub created: Timestamp,
}

/// A new access key.
///
/// ```
/// use helseid_admin_api::{KeyPurpose, MadeAccessKey};
///
/// let answer = r#"{"id":"k1","purpose":"test-tokens","name":"nightly","created":1790000000,"key":"s3cret"}"#;
/// let made: MadeAccessKey = serde_json::from_str(answer)?;
/// // Keep the key now: no list shows it, and no log.
/// assert_eq!((made.entry.purpose, made.key.as_str()), (KeyPurpose::TestTokens, "s3cret"));
/// assert!(!format!("{made:?}").contains("s3cret"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MadeAccessKey {
    /// Everything but the key.
    #[serde(flatten)]
    pub entry: AccessKeyEntry,
    /// The key, which is shown only in this answer.
    pub key: String,
}

impl fmt::Debug for MadeAccessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MadeAccessKey").field("entry", &self.entry).finish_non_exhaustive()
    }
}
