//! Keys that open the doubles of NHN's services.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What an access key opens.
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
