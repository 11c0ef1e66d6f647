//! Logins that an administrator makes and ends, for tests.

use std::fmt;

#[cfg(test)]
use crate::openapi::schema;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::ClientId;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A person who is logged in at a client by one call, as by `test_pid` in a pushed request.
///
/// ```
/// use helseid_admin_api::{PersonSignIn, operation};
///
/// let json = r#"{"client_id":"my-journal","person":"doctor","scope":"openid profile"}"#;
/// let sign_in: PersonSignIn = serde_json::from_str(json)?;
/// // What is sent to `operation::SIGN_IN.path()`. It has no `dpop_jkt`: the client must do without proofs.
/// assert!(serde_json::to_value(&sign_in)?.get("dpop_jkt").is_none());
/// // Neither the person's name nor a number gets into a log.
/// assert!(!format!("{sign_in:?}").contains("doctor"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PersonSignIn {
    /// The client.
    #[cfg_attr(test, schemars(with = "schema::Id"))]
    pub client_id: ClientId,
    /// The short name of a registered person, or the synthetic number of any.
    #[serde(deserialize_with = "text")]
    pub person: String,
    /// The scopes, separated by spaces. Without it, all that the client may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The APIs that the access token is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = 100)))]
    pub resource: Vec<String>,
    /// The thumbprint of the key that the tokens are bound to (RFC 7638). A client that must send proofs needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<String>,
    /// For whom the client acts, as its assertion would say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<ActingFor>,
}

/// For whom a client acts: a parent, a unit below it, or both.
///
/// ```
/// use helseid_admin_api::ActingFor;
/// use helseid_protocol::details::OrganisationNumber;
///
/// let unit = Some(OrganisationNumber::parse("983658776")?);
/// // A single-tenant client acts for a unit of its own organisation, and names no parent.
/// let acting = ActingFor { child: unit, ..ActingFor::default() };
/// assert_eq!(serde_json::to_string(&acting)?, r#"{"child":"983658776"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ActingFor {
    /// An organisation that has delegated to the client's own, which is multi-tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::OrganisationNumber>"))]
    pub parent: Option<OrganisationNumber>,
    /// A unit of it; without a parent, of the client's own organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::OrganisationNumber>"))]
    pub child: Option<OrganisationNumber>,
}

/// The answer of the token endpoint.
///
/// ```
/// use helseid_admin_api::LoginTokens;
///
/// let answer = r#"{"access_token":"eyJ","token_type":"DPoP","expires_in":600,"scope":"openid"}"#;
/// let tokens: LoginTokens = serde_json::from_str(answer)?;
/// // Without the scope `offline_access` there is none.
/// assert!(tokens.refresh_token.is_none());
/// assert_eq!(format!("{} {}", tokens.token_type, tokens.access_token), "DPoP eyJ");
/// assert!(!format!("{tokens:?}").contains("eyJ"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoginTokens {
    /// The access token.
    pub access_token: String,
    /// `DPoP`, or `Bearer` where the tokens are bound to no key.
    pub token_type: String,
    /// How long the access token is good, in seconds.
    pub expires_in: u64,
    /// The scopes that were granted, separated by spaces.
    pub scope: String,
    /// Who logged in, for the client alone. There is one with the scope `openid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// For new tokens later. There is one with the scope `offline_access`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// How long the refresh token is good, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rt_expires_in: Option<u64>,
}

/// Which logins are ended: exactly one of these.
///
/// ```
/// use helseid_admin_api::LoginsToEnd;
///
/// let ended = LoginsToEnd { person: Some("doctor".to_owned()), ..LoginsToEnd::default() };
/// assert_eq!(serde_json::to_string(&ended)?, r#"{"person":"doctor"}"#);
/// // A number that is no text is refused, and not repeated.
/// let refused = serde_json::from_str::<LoginsToEnd>(r#"{"person":15849197352}"#).map_err(|why| why.to_string());
/// assert!(refused.is_err_and(|why| !why.contains("15849197352")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoginsToEnd {
    /// The session of this `sid`, with its refresh tokens. Its clients are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Every session of this person, by short name or number, with their refresh tokens. Their clients are told.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_text")]
    pub person: Option<String>,
    /// The refresh tokens of this client, whoever logged in. Sessions go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Id>"))]
    pub client_id: Option<ClientId>,
}

/// What is wrong is told without the value, which may be a person's number.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(text) => Ok(text),
        _ => Err(serde::de::Error::custom("expected a short name or a number, in quotation marks")),
    }
}

fn some_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    text(from).map(Some)
}

/// Shows nothing of the person.
impl fmt::Debug for PersonSignIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PersonSignIn").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Shows no token.
impl fmt::Debug for LoginTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LoginTokens").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// Shows nothing of a person.
impl fmt::Debug for LoginsToEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LoginsToEnd").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_not_told_where_it_is_wrong_nor_shown() {
        let read = serde_json::from_str::<PersonSignIn>(r#"{"client_id":"a","person":15849197352}"#);
        let why = read.unwrap_err().to_string();
        assert!(why.contains("quotation marks") && !why.contains("1584919735"), "{why}");
        let why = serde_json::from_str::<LoginsToEnd>(r#"{"person":15849197352}"#).unwrap_err().to_string();
        assert!(!why.contains("1584919735"), "{why}");
        let sign_in: PersonSignIn =
            serde_json::from_str(r#"{"client_id":"a","person":"15849197352"}"#).unwrap();
        let ended: LoginsToEnd = serde_json::from_str(r#"{"person":"15849197352"}"#).unwrap();
        let shown = format!("{sign_in:?} {ended:?}");
        assert!(!shown.contains("1584919735"), "{shown}");
    }
}
