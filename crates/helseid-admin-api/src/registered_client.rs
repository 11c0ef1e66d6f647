//! Clients and their keys, as they are shown.

use std::collections::BTreeMap;

use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bounds::OrganisationNumbers;
use crate::grant_types::GrantTypes;
use crate::login::{Audiences, ClientIds, LoginSettings};
#[cfg(test)]
use crate::openapi::schema;

/// A registered client.
///
/// ```
/// use helseid_admin_api::{ClientChange, RegisteredClient};
///
/// # let answer = r#"{
/// #     "client_id": "my-journal", "name": "My journal", "scopes": [], "keys": [], "tenancy": "none", "org_children": [],
/// #     "token_lifetime_seconds": 600, "enabled": true, "approved": false, "pending_scopes": ["nhn:kjernejournal/read"],
/// #     "api_claims": {}, "managed_by_file": false, "version": "3"
/// # }"#;
/// let client: RegisteredClient = serde_json::from_str(answer)?;
/// // A draft, which is given no tokens: approve just what was read here.
/// assert!(client.enabled && !client.approved && client.pending_scopes.len() == 1);
/// let approval = ClientChange { approved: Some(true), version: Some(client.version), ..ClientChange::default() };
/// assert_eq!(serde_json::to_string(&approval)?, r#"{"approved":true,"version":"3"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RegisteredClient {
    /// Its id.
    #[cfg_attr(test, schemars(with = "schema::Id"))]
    pub client_id: ClientId,
    /// Its name, for people.
    pub name: String,
    /// The scopes that it may request.
    #[cfg_attr(test, schemars(with = "schema::Scopes"))]
    pub scopes: ScopeSet,
    /// Its keys.
    pub keys: Vec<RegisteredKey>,
    /// How it is set up for organisations.
    #[cfg_attr(test, schemars(with = "schema::Tenancy"))]
    pub tenancy: ClientTenancy,
    /// The organisation that owns it.
    #[cfg_attr(test, schemars(with = "Option<schema::OrganisationNumber>"))]
    pub org_parent: Option<OrganisationNumber>,
    /// The units that a single-tenant client may act for.
    #[cfg_attr(test, schemars(with = "schema::Organisations"))]
    pub org_children: OrganisationNumbers,
    /// Its profile, unless that is the authority's.
    #[cfg_attr(test, schemars(with = "Option<schema::ProfileName>"))]
    pub profile: Option<Profile>,
    /// The lifetime of its tokens.
    pub token_lifetime_seconds: u32,
    /// The grants that it may use; absent if that is `client_credentials` alone.
    #[serde(default, skip_serializing_if = "GrantTypes::is_default")]
    #[cfg_attr(test, schemars(with = "schema::Grants"))]
    pub grant_types: GrantTypes,
    /// How it logs people in; absent if nothing is set.
    #[serde(default, skip_serializing_if = "LoginSettings::is_default")]
    pub login: LoginSettings,
    /// The APIs that it is itself.
    #[serde(default, skip_serializing_if = "Audiences::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::Ids"))]
    pub own_audiences: Audiences,
    /// The clients that may exchange its tokens.
    #[serde(default, skip_serializing_if = "ClientIds::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::Ids"))]
    pub may_be_exchanged_by: ClientIds,
    /// Whether it is given tokens.
    pub enabled: bool,
    /// Whether it was approved. One that was not is a draft, and is given no tokens.
    pub approved: bool,
    /// Scopes that the client asked for itself and that wait for approval.
    #[cfg_attr(test, schemars(with = "schema::Scopes"))]
    pub pending_scopes: ScopeSet,
    /// Values of claims that APIs define for each client, by name of the claim.
    pub api_claims: BTreeMap<String, ApiClaim>,
    /// Whether a seed file manages the client.
    pub managed_by_file: bool,
    /// What this state of the client is called; another for every other. A change that names it is made of this state alone.
    #[serde(default)]
    pub version: String,
}

/// The value of a claim that an API defines for each client.
///
/// ```
/// use helseid_admin_api::ApiClaim;
/// use std::collections::BTreeMap;
///
/// // `api_claims` of a registered client.
/// let json = r#"{"nhn:api/client/claims/sfm-id":{"active":"old","pending":"new"}}"#;
/// let claims: BTreeMap<String, ApiClaim> = serde_json::from_str(json)?;
/// let waits = |(_, claim): &(_, &ApiClaim)| claim.pending.is_some();
/// let waiting: Vec<_> = claims.iter().filter(waits).map(|(name, _)| name.as_str()).collect();
/// assert_eq!(waiting, ["nhn:api/client/claims/sfm-id"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApiClaim {
    /// The value in its tokens.
    pub active: Option<String>,
    /// The value that the client asked for itself and that waits for approval.
    pub pending: Option<String>,
}

/// A key of a registered client.
///
/// ```
/// use helseid_admin_api::RegisteredKey;
/// use helseid_protocol::time::Timestamp;
///
/// # let json = r#"{
/// #     "kid": "2026", "kty": "EC", "alg": "ES256", "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
/// #     "expires": 1790000000, "origin": "Api", "jwk": { "kty": "EC" }
/// # }"#;
/// let key: RegisteredKey = serde_json::from_str(json)?;
/// // By which it is removed: a key may have no `kid`.
/// assert_eq!(key.kid.as_deref().unwrap_or(&key.thumbprint), "2026");
/// let now = Timestamp::from_seconds(1_789_400_000);
/// assert_eq!(key.expires.map(|end| end.days_after(now)), Some(6));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RegisteredKey {
    /// Its key id.
    pub kid: Option<String>,
    /// Its type: `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// The algorithm that it is for, if it names one.
    pub alg: Option<String>,
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
    /// When it expires.
    #[cfg_attr(test, schemars(with = "Option<schema::Timestamp>"))]
    pub expires: Option<Timestamp>,
    /// Where it came from.
    pub origin: KeyOrigin,
    /// The public key.
    #[cfg_attr(test, schemars(with = "schema::PublicJwk"))]
    pub jwk: Value,
}

/// Where a key came from, in HelseID's words.
///
/// ```
/// use helseid_admin_api::KeyOrigin;
///
/// let origin: KeyOrigin = serde_json::from_str(r#""Api""#)?;
/// assert_eq!(origin, KeyOrigin::Api);
/// // HelseID's words have a capital letter, and no other spelling is read.
/// assert_eq!(KeyOrigin::Gui.name(), "Gui");
/// assert!(serde_json::from_str::<KeyOrigin>(r#""gui""#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum KeyOrigin {
    /// A person registered it.
    Gui,
    /// The client registered it itself.
    Api,
}

impl KeyOrigin {
    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gui => "Gui",
            Self::Api => "Api",
        }
    }
}
