//! Clients, as they are registered and changed.

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

/// A client to register.
///
/// ```
/// use helseid_admin_api::ClientRegistration;
/// use helseid_protocol::{claims::ClientTenancy, scope::ScopeSet};
///
/// let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// let key = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
/// let scopes = ScopeSet::parse("nhn:kjernejournal/read")?;
/// let mut client = ClientRegistration::new("My journal", scopes, vec![key]);
/// client.tenancy = ClientTenancy::MultiTenant;
/// // The body of `operation::REGISTER_CLIENT`. The authority makes an id, since none is given.
/// let body = serde_json::to_value(&client)?;
/// assert_eq!((body["tenancy"].as_str(), body.get("client_id")), (Some("multi-tenant"), None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientRegistration {
    /// Its id. By default a new GUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Id>"))]
    pub client_id: Option<ClientId>,
    /// Its name, for people.
    #[cfg_attr(test, schemars(length(min = 1, max = 200)))]
    pub name: String,
    /// The scopes that it may request.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "schema::Scopes"))]
    pub scopes: ScopeSet,
    /// Its public keys.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "schema::Keys"))]
    pub keys: Vec<Value>,
    /// When these keys expire. By default they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Timestamp>"))]
    pub keys_expire: Option<Timestamp>,
    /// How it is set up for organisations. By default `none`.
    #[serde(default = "no_tenancy")]
    #[cfg_attr(test, schemars(with = "schema::Tenancy"))]
    pub tenancy: ClientTenancy,
    /// The organisation that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::OrganisationNumber>"))]
    pub org_parent: Option<OrganisationNumber>,
    /// The units that a single-tenant client may act for.
    #[serde(default, skip_serializing_if = "OrganisationNumbers::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::Organisations"))]
    pub org_children: OrganisationNumbers,
    /// Its profile. By default the authority's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::ProfileName>"))]
    pub profile: Option<Profile>,
    /// The lifetime of its tokens. By default 600 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 86_400)))]
    pub token_lifetime_seconds: Option<u32>,
    /// Values of claims that APIs define for each client, by name of the claim, such as `nhn:api/client/claims/sfm-id`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub api_claims: BTreeMap<String, String>,
    /// The grants that it may use; `client_credentials` unless given.
    #[serde(default, skip_serializing_if = "GrantTypes::is_default")]
    #[cfg_attr(test, schemars(with = "schema::Grants"))]
    pub grant_types: GrantTypes,
    /// How it logs people in.
    #[serde(default, skip_serializing_if = "LoginSettings::is_default")]
    pub login: LoginSettings,
    /// The APIs that it is itself: tokens for these it may exchange.
    #[serde(default, skip_serializing_if = "Audiences::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::Ids"))]
    pub own_audiences: Audiences,
    /// The clients that may exchange its tokens.
    #[serde(default, skip_serializing_if = "ClientIds::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::Ids"))]
    pub may_be_exchanged_by: ClientIds,
    /// Whether it is given tokens.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// A change of a client. Members that are absent or `null` stay as they are.
///
/// ```
/// use helseid_admin_api::ClientChange;
///
/// let change = ClientChange { enabled: Some(false), version: Some("7".to_owned()), ..ClientChange::default() };
/// // What is not sent stays as it is.
/// assert_eq!(serde_json::to_string(&change)?, r#"{"enabled":false,"version":"7"}"#);
/// // A misspelt member is refused; it does not pass for a change of nothing.
/// assert!(serde_json::from_str::<ClientChange>(r#"{"enable":false}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ClientChange {
    /// Its name, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(length(min = 1, max = 200)))]
    pub name: Option<String>,
    /// The scopes that it may request, in place of those that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Scopes>"))]
    pub scopes: Option<ScopeSet>,
    /// How it is set up for organisations.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Tenancy>"))]
    pub tenancy: Option<ClientTenancy>,
    /// The organisation that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::OrganisationNumber>"))]
    pub org_parent: Option<OrganisationNumber>,
    /// The units that a single-tenant client may act for, in place of those that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Organisations>"))]
    pub org_children: Option<OrganisationNumbers>,
    /// Its profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::ProfileName>"))]
    pub profile: Option<Profile>,
    /// The lifetime of its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 1, max = 86_400)))]
    pub token_lifetime_seconds: Option<u32>,
    /// All the grants that it may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Grants>"))]
    pub grant_types: Option<GrantTypes>,
    /// All of how it logs people in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginSettings>,
    /// All the APIs that it is itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Ids>"))]
    pub own_audiences: Option<Audiences>,
    /// All the clients that may exchange its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Ids>"))]
    pub may_be_exchanged_by: Option<ClientIds>,
    /// Whether it is given tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `true` grants the scopes and claims that the client asked for itself, and turns a draft into a client; `false` turns it
    /// into a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<bool>,
    /// The `version` that the client must still have: if it was changed since, nothing is changed, and the answer is 409. By default
    /// the change is made of whatever there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(length(max = 100)))]
    pub version: Option<String>,
}

/// A key to add to a client.
///
/// ```
/// use helseid_admin_api::{NewKey, operation};
/// use helseid_protocol::time::Timestamp;
///
/// # let jwk = serde_json::json!({ "kty": "OKP" });
/// let key = NewKey { jwk, expires: Some(Timestamp::from_seconds(1_790_000_000)) };
/// assert_eq!(serde_json::to_value(&key)?["expires"], 1_790_000_000);
/// assert_eq!(operation::ADD_KEY.at(&["my-journal"]), "/admin/api/clients/my-journal/keys");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NewKey {
    /// The public key.
    #[cfg_attr(test, schemars(with = "schema::PublicJwk"))]
    pub jwk: Value,
    /// When it expires. By default it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<schema::Timestamp>"))]
    pub expires: Option<Timestamp>,
}

impl ClientRegistration {
    /// A client with this name, these scopes and these public keys, and with the default of everything else.
    pub fn new(name: impl Into<String>, scopes: ScopeSet, keys: Vec<Value>) -> Self {
        Self {
            client_id: None,
            name: name.into(),
            scopes,
            keys,
            keys_expire: None,
            tenancy: no_tenancy(),
            org_parent: None,
            org_children: OrganisationNumbers::default(),
            profile: None,
            token_lifetime_seconds: None,
            api_claims: BTreeMap::new(),
            grant_types: GrantTypes::default(),
            login: LoginSettings::default(),
            own_audiences: Audiences::default(),
            may_be_exchanged_by: ClientIds::default(),
            enabled: yes(),
        }
    }
}

const fn no_tenancy() -> ClientTenancy {
    ClientTenancy::None
}

const fn yes() -> bool {
    true
}
