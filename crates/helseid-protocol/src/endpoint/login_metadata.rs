//! What an authority says of user login in its metadata. Each member is written only where it is given, and one of
//! another type counts as left out: those who log nobody in read the rest.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The members of the metadata that those need who log people in.
///
/// ```
/// use helseid_protocol::endpoint::{LoginMetadata, Metadata};
/// use helseid_protocol::id::Issuer;
///
/// let document = br#"{"issuer": "https://sts.example", "token_endpoint": "https://sts.example/connect/token",
///     "userinfo_endpoint": "https://sts.example/connect/userinfo", "request_parameter_supported": "yes"}"#;
/// let login: LoginMetadata = Metadata::read(document, &Issuer::parse("https://sts.example")?)?.login;
/// assert_eq!(login.userinfo_endpoint.as_deref(), Some("https://sts.example/connect/userinfo"));
/// // This is no Boolean, and so counts as left out.
/// assert_eq!(login.request_parameter_supported, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginMetadata {
    /// Who a token is of (OpenID Connect Discovery 1.0 section 3).
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    /// How the authorization response may come: `query`, `form_post`.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// How a code is bound to its client: `S256` (RFC 8414 section 2).
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// The values of `prompt` (Initiating User Registration via OpenID Connect 1.0 section 4.1).
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub prompt_values_supported: Vec<String>,
    /// The values of `acr_values`, such as `Level4`.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub acr_values_supported: Vec<String>,
    /// Whether `request` is taken (OpenID Connect Discovery 1.0 section 3).
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub request_parameter_supported: Option<bool>,
    /// The algorithms of request objects.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub request_object_signing_alg_values_supported: Vec<String>,
    /// Whether every authorization request must be pushed (RFC 9126 section 5).
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    /// Whether the authorization response has `iss` (RFC 9207 section 3).
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub authorization_response_iss_parameter_supported: Option<bool>,
    /// OpenID Connect Front-Channel Logout 1.0 section 3.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_supported: Option<bool>,
    /// Whether front-channel logout names issuer and session.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_session_supported: Option<bool>,
    /// OpenID Connect Back-Channel Logout 1.0 section 2.1.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_supported: Option<bool>,
    /// Whether logout tokens name the session.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_supported: Option<bool>,
    /// Where the identity providers are listed, HelseID's own.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub available_idps: Option<String>,
}

fn or_none<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).unwrap_or_default())
}
