//! The API of a conformance session: what it demands of its callers, and which API stands behind it.

use helseid_protocol::id::Audience;
use serde::{Deserialize, Serialize};

use crate::level::PersonLevel;
#[cfg(test)]
use crate::openapi::schema;

/// The API of a session. By default there is none behind it, it is every registered API at once, and demands a good token alone.
///
/// ```
/// use helseid_admin_api::{SessionApi, ShownCredentials};
///
/// // An API that knows nothing of DPoP yet.
/// let json = r#"{"upstream":"http://localhost:5000","credentials":"as_bearer"}"#;
/// let api: SessionApi = serde_json::from_str(json)?;
/// assert_eq!(api.credentials, ShownCredentials::AsBearer);
/// assert!(!api.is_default() && api.requires.in_words().is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionApi {
    /// The base address of the API that calls are handed on to which broke no rule: https, or http on loopback.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Uri>"))]
    pub upstream: Option<String>,
    /// What that API is shown of the credentials of a call.
    pub credentials: ShownCredentials,
    /// The registered API that the session's is, to which tokens must belong. By default any will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Id>"))]
    pub audience: Option<Audience>,
    /// What it demands of its callers besides.
    pub requires: SessionDemands,
}

/// What an API is shown of the credentials of a call.
///
/// ```
/// use helseid_admin_api::ShownCredentials;
///
/// assert_eq!("as_bearer".parse(), Ok(ShownCredentials::AsBearer));
/// // Unless told otherwise, the API is shown the proof, too.
/// assert_eq!(ShownCredentials::default().name(), "as_sent");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ShownCredentials {
    /// `Authorization` and `DPoP` as they came. The proof is for the address of the session's API.
    #[default]
    AsSent,
    /// The token as `Bearer`, without its proof: for an API that knows nothing of DPoP.
    AsBearer,
}

/// What an API demands of its callers besides a good token.
///
/// ```
/// use helseid_admin_api::{PersonLevel, SessionDemands};
///
/// let requires = SessionDemands {
///     security_level: Some(PersonLevel::High),
///     attestation_minutes: Some(60),
///     ..SessionDemands::default()
/// };
/// let words = requires.in_words();
/// assert_eq!(words, ["security level 4", "an attestation of at most 60 minutes"]);
/// // No person logs in at level 2, so it cannot be demanded.
/// assert!(serde_json::from_str::<SessionDemands>(r#"{"security_level":2}"#).is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SessionDemands {
    /// A token of a person.
    pub person: bool,
    /// A person who is logged in at this level, or a higher one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::PersonLevel>"))]
    pub security_level: Option<PersonLevel>,
    /// A person with an HPR number.
    pub hpr_number: bool,
    /// An attestation that is no older than this many minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 1440)))]
    pub attestation_minutes: Option<u16>,
    /// A token that names an organisation.
    pub organisation: bool,
    /// A proof with a nonce of the API's own (RFC 9449 section 9).
    pub nonce: bool,
}

impl SessionApi {
    /// Whether nothing stands behind it, and a good token is all that it demands.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl ShownCredentials {
    /// Both.
    pub const ALL: [Self; 2] = [Self::AsSent, Self::AsBearer];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AsSent => "as_sent",
            Self::AsBearer => "as_bearer",
        }
    }
}

/// The text names no such thing.
///
/// ```
/// use helseid_admin_api::{ShownCredentials, UnknownCredentials};
///
/// assert_eq!("bearer".parse::<ShownCredentials>(), Err(UnknownCredentials));
/// assert_eq!(UnknownCredentials.to_string(), "expected as_sent or as_bearer");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected as_sent or as_bearer")]
pub struct UnknownCredentials;

impl std::str::FromStr for ShownCredentials {
    type Err = UnknownCredentials;

    fn from_str(text: &str) -> Result<Self, UnknownCredentials> {
        Self::ALL.into_iter().find(|shown| shown.name() == text).ok_or(UnknownCredentials)
    }
}

impl SessionDemands {
    /// The oldest attestation that can be asked for, in minutes: a day.
    pub const MAX_ATTESTATION_MINUTES: u16 = 24 * 60;

    /// Each demand in words, as in `a person` or `an attestation of at most 60 minutes`.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let is = |holds: bool, words: &str| holds.then(|| words.to_owned());
        let all = [
            is(self.person, "a person"),
            self.security_level.map(|level| format!("security level {level}")),
            is(self.hpr_number, "an HPR number"),
            self.attestation_minutes.map(|longest| format!("an attestation of at most {longest} minutes")),
            is(self.organisation, "an organisation number"),
            is(self.nonce, "a nonce"),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_api_is_read_as_it_is_written_and_demands_nothing_unless_told() {
        let bare: SessionApi = serde_json::from_value(json!({})).unwrap();
        assert_eq!(bare, SessionApi::default());
        assert!(bare.requires.in_words().is_empty());
        let text = json!({
            "upstream": "http://localhost:5000", "credentials": "as_bearer", "audience": "nhn:api",
            "requires": {
                "person": true, "security_level": 4, "hpr_number": true, "attestation_minutes": 60,
                "organisation": true, "nonce": true,
            },
        });
        let api: SessionApi = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&api).unwrap(), text);
        assert_eq!(
            api.requires.in_words().join(", "),
            "a person, security level 4, an HPR number, an attestation of at most 60 minutes, \
             an organisation number, a nonce"
        );
        for wrong in [
            json!({ "upstrem": "x" }),
            json!({ "credentials": "none" }),
            json!({ "requires": { "security_level": 2 } }),
            json!({ "requires": { "persons": true } }),
        ] {
            assert!(serde_json::from_value::<SessionApi>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
