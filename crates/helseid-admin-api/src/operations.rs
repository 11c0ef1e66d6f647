//! What an operator asks for: access keys, the log of changes, signing keys, faults on request.

use std::fmt;

use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Faults that an authority shall have towards one client, for tests of that client. Each is off unless set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// So many answers that ask for a nonce do not bring one.
    pub nonces_dropped: u32,
    /// So many good requests are sent back for another nonce.
    pub nonces_refused: u32,
    /// So many requests are answered with `server_error_status`.
    pub server_errors: u32,
    /// 503 unless set.
    /// 500 to 599, or 429; 503 unless given.
    pub server_error_status: Option<u16>,
    /// Each answer comes so much later, at most 60,000.
    pub delay_milliseconds: u32,
    /// After so many more tokens the authority gets a new signing key.
    pub rollover_after: Option<u32>,
    /// The authority's clock is so far ahead, for this client; at most a year either way.
    pub clock_skew_seconds: i64,
    /// Half of the JWK Set is missing, for everyone: a request for it does not say who asks.
    pub truncated_jwks: bool,
    /// `token_type` of the answer, at most 64 characters.
    pub token_type: Option<String>,
}

/// What an access key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// The double of NHN's test token service: header `X-Auth-Key`.
    TestTokens,
    /// Drafts of clients at the double of the self-service API: header `api-key`.
    ClientDrafts,
}

impl KeyPurpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TestTokens, Self::ClientDrafts];

    /// As it is written.
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

/// An access key that is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccessKey {
    /// What it shall open.
    pub purpose: KeyPurpose,
    /// For people.
    pub name: String,
}

/// An access key as the registry has it: the key itself is told once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyEntry {
    /// Its id, which is no secret.
    pub id: String,
    /// What it opens.
    pub purpose: KeyPurpose,
    /// For people.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}

/// An access key that was just made.
#[derive(Clone, Serialize, Deserialize)]
pub struct MadeAccessKey {
    /// What the registry has of it.
    #[serde(flatten)]
    pub entry: AccessKeyEntry,
    /// The key. Told this once.
    pub key: String,
}

impl fmt::Debug for MadeAccessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MadeAccessKey").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// A link that opens the admin pages in a browser, once.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInLink {
    /// The link; its fragment is a secret.
    pub url: String,
    /// Until when it does.
    pub expires: Timestamp,
}

impl fmt::Debug for SignInLink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SignInLink").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// A change of the registry: who changed what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the order of all changes.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `admin`, `seed file`, `client ID` or `access key NAME`.
    pub actor: String,
    /// What was done, such as `put` or `remove`.
    pub action: String,
    /// To what kind of entry.
    pub kind: String,
    /// To which.
    pub id: String,
}

/// A signing key, without its private half.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKeyEntry {
    /// Its name.
    pub kid: String,
    /// What it signs with.
    pub alg: String,
    /// When it was made, and published.
    pub created: Timestamp,
    /// From when on it signs.
    pub active_from: Timestamp,
    /// From when on it is among the expired keys.
    pub retires: Option<Timestamp>,
    /// `next`, `signing`, `published` or `expired`.
    pub state: String,
}

/// How signing keys shall be rotated.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rotation {
    /// How long the new key is published before it signs.
    pub lead_seconds: u32,
}
