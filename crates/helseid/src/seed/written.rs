//! What stands in a seed file, read from its text alone.

use std::collections::BTreeMap;

use helseid_admin_api::{
    ApiResource, Audiences, ClientIds, ClientRegistration, Delegation, GrantTypes, LoginSettings,
    OrganisationEntry, OrganisationNumbers, PersonEntry,
};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use serde::Deserialize;
use serde_json::Value;

/// What a seed file says. Unknown names are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    #[serde(default)]
    pub(crate) api: Vec<ApiResource>,
    #[serde(default)]
    pub(crate) organisation: Vec<OrganisationEntry>,
    #[serde(default)]
    pub(crate) delegation: Vec<Delegation>,
    #[serde(default)]
    pub(crate) person: Vec<PersonEntry>,
    #[serde(default)]
    pub(crate) client: Vec<SeedClient>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedClient {
    id: ClientId,
    name: Option<String>,
    scopes: ScopeSet,
    pub(crate) keys: Vec<SeedKey>,
    tenancy: Option<ClientTenancy>,
    org_parent: Option<OrganisationNumber>,
    #[serde(default)]
    org_children: OrganisationNumbers,
    profile: Option<Profile>,
    token_lifetime_seconds: Option<u32>,
    #[serde(default)]
    api_claims: BTreeMap<String, String>,
    #[serde(default)]
    grant_types: GrantTypes,
    #[serde(default)]
    login: LoginSettings,
    #[serde(default)]
    own_audiences: Audiences,
    #[serde(default)]
    may_be_exchanged_by: ClientIds,
    enabled: Option<bool>,
}

/// A file beside the seed file, or a public JWK.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum SeedKey {
    File(String),
    Jwk(serde_json::Map<String, Value>),
}

/// Reads a text in TOML.
pub(crate) fn parse(text: &str) -> Result<Written, toml::de::Error> {
    toml::from_str(text)
}

impl SeedClient {
    /// The client with these keys, which its own stand for.
    pub(crate) fn registration(self, keys: Vec<Value>) -> ClientRegistration {
        ClientRegistration {
            name: self.name.unwrap_or_else(|| self.id.to_string()),
            client_id: Some(self.id),
            scopes: self.scopes,
            keys,
            keys_expire: None,
            tenancy: self.tenancy.unwrap_or(ClientTenancy::None),
            org_parent: self.org_parent,
            org_children: self.org_children,
            profile: self.profile,
            token_lifetime_seconds: self.token_lifetime_seconds,
            api_claims: self.api_claims,
            grant_types: self.grant_types,
            login: self.login,
            own_audiences: self.own_audiences,
            may_be_exchanged_by: self.may_be_exchanged_by,
            enabled: self.enabled.unwrap_or(true),
        }
    }
}
