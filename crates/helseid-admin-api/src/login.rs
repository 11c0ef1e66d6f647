//! What a client needs to log people in and to act for them.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::{Audience, ClientId};
use serde::{Deserialize, Serialize};

use crate::identity_provider::TestProviders;
#[cfg(test)]
use crate::openapi::schema;
use crate::uris::{LogoutUri, RedirectUris};

/// The APIs that a client is itself.
///
/// ```
/// use helseid_admin_api::{Audiences, ClientRegistration};
///
/// let json = r#"{"name":"My API","own_audiences":["nhn:api"]}"#;
/// let client: ClientRegistration = serde_json::from_str(json)?;
/// // It may exchange the tokens that callers send to `nhn:api`, and no others.
/// let own: &Audiences = &client.own_audiences;
/// assert!(own.iter().any(|audience| audience.as_str() == "nhn:api"));
/// assert!(serde_json::from_str::<Audiences>(r#"[""]"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub type Audiences = Bounded<Audience, 100>;

/// Names of clients.
///
/// ```
/// use helseid_admin_api::{ClientChange, ClientIds};
/// use helseid_protocol::id::ClientId;
///
/// // A change replaces the whole list.
/// let trusted = ClientIds::of([ClientId::parse("api-1")?, ClientId::parse("api-2")?])?;
/// let change = ClientChange { may_be_exchanged_by: Some(trusted), ..ClientChange::default() };
/// assert_eq!(serde_json::to_string(&change)?, r#"{"may_be_exchanged_by":["api-1","api-2"]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type ClientIds = Bounded<ClientId, 100>;

/// How often a refresh token may be used.
///
/// ```
/// use helseid_admin_api::{LoginSettings, RefreshTokenUsage};
///
/// let settings: LoginSettings = serde_json::from_str(r#"{"refresh_token_usage":"reusable"}"#)?;
/// assert_eq!(settings.refresh_token_usage, RefreshTokenUsage::Reusable);
/// // The strict one unless told otherwise.
/// assert_eq!(RefreshTokenUsage::default().name(), "one_time");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum RefreshTokenUsage {
    /// Once; each use gives a new one.
    #[default]
    OneTime,
    /// Until it expires.
    Reusable,
}

impl RefreshTokenUsage {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneTime => "one_time",
            Self::Reusable => "reusable",
        }
    }
}

/// How a client logs people in.
///
/// ```
/// use helseid_admin_api::{LoginSettings, RedirectUri, RedirectUris};
///
/// let mut settings = LoginSettings { require_par: Some(true), ..LoginSettings::default() };
/// settings.redirect_uris = RedirectUris::of([RedirectUri::parse("https://journal.example/callback")?])?;
/// let json = r#"{"redirect_uris":["https://journal.example/callback"],"require_par":true}"#;
/// assert_eq!(serde_json::to_string(&settings)?, json);
/// // A misspelt setting is refused, so that a strict one is not lost.
/// assert!(serde_json::from_str::<LoginSettings>(r#"{"require_pars":true}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LoginSettings {
    /// Where a browser may be sent after a login.
    #[serde(skip_serializing_if = "RedirectUris::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::RegisteredUris"))]
    pub redirect_uris: RedirectUris,
    /// Where a browser may be sent after a logout.
    #[serde(skip_serializing_if = "RedirectUris::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::RegisteredUris"))]
    pub post_logout_redirect_uris: RedirectUris,
    /// What a browser loads when a session ends (OpenID Connect Front-Channel Logout).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::RegisteredUri>"))]
    pub frontchannel_logout_uri: Option<LogoutUri>,
    /// What the authority calls when a session ends (OpenID Connect Back-Channel Logout).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::RegisteredUri>"))]
    pub backchannel_logout_uri: Option<LogoutUri>,
    /// How long its ID tokens are good; the authority's own lifetime unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 86_400)))]
    pub id_token_lifetime_seconds: Option<u32>,
    /// How long its refresh tokens are good, all of a login together; the authority's own lifetime unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 31_622_400)))]
    pub refresh_token_lifetime_seconds: Option<u32>,
    /// How long a session may be that it logs in by; the authority's own lifetime unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 86_400)))]
    pub session_lifetime_seconds: Option<u32>,
    /// How often a refresh token may be used; once unless given.
    #[serde(skip_serializing_if = "is_one_time")]
    pub refresh_token_usage: RefreshTokenUsage,
    /// How long a one-time refresh token may be presented again, as long as none of its successors was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 60)))]
    pub refresh_grace_seconds: Option<u32>,
    /// Whether it must push its authorization requests (RFC 9126); its profile decides unless given. `false` only in the
    /// profiles `helseid` and `legacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_par: Option<bool>,
    /// Whether its requests to the token endpoint must have a DPoP proof, for whichever grant; its profile decides unless given.
    /// `false` only in the profiles `helseid` and `legacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_dpop: Option<bool>,
    /// Whether it must sign its authorization requests (RFC 9101).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_requests: bool,
    /// The identity providers that persons may use. An empty list means all of them.
    #[serde(skip_serializing_if = "TestProviders::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::IdentityProviders"))]
    pub identity_providers: TestProviders,
    /// Whether userinfo accepts its tokens as Bearer tokens though they are bound to a key, as HelseID's does. Each API that gets
    /// such a token with the scope `openid` can then read who the person is. Only in the profiles `helseid` and `legacy`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure_userinfo_by_bearer: bool,
}

impl LoginSettings {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one_time(usage: &RefreshTokenUsage) -> bool {
    *usage == RefreshTokenUsage::OneTime
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_which_none_is_given_are_written_as_nothing() {
        assert_eq!(serde_json::to_string(&LoginSettings::default()).expect("settings"), "{}");
        assert!(LoginSettings::default().is_default());
        let unknown = serde_json::from_str::<LoginSettings>(r#"{"redirect_uri":"https://a.example/"}"#);
        assert!(unknown.is_err());
    }
}
