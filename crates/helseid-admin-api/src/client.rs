//! Clients, as they are sent and as they are shown.

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

/// What is said of a client when it is registered or changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRegistration {
    /// Its id; a new GUID unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// For people.
    pub name: String,
    /// The scopes that it may ask for.
    #[serde(default)]
    pub scopes: ScopeSet,
    /// Public keys as JWKs; a private one is refused.
    #[serde(default)]
    pub keys: Vec<Value>,
    /// From when on these keys are no longer taken; never unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys_expire: Option<Timestamp>,
    /// How it is set up for organisations; `none` unless given.
    #[serde(default = "no_tenancy")]
    pub tenancy: ClientTenancy,
    /// The organisation that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_parent: Option<OrganisationNumber>,
    /// The units that a single-tenant client may name.
    #[serde(default, skip_serializing_if = "OrganisationNumbers::is_empty")]
    pub org_children: OrganisationNumbers,
    /// Its profile; the authority's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// How long its tokens are good; 600 s unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime_seconds: Option<u32>,
    /// Values of claims that APIs define for each client, by the claim's name, such as `nhn:api/client/claims/sfm-id`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub api_claims: BTreeMap<String, String>,
    /// Whether it gets tokens at all.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// What is changed of a client; what is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientChange {
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// All the scopes that it may ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<ScopeSet>,
    /// How it is set up for organisations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenancy: Option<ClientTenancy>,
    /// The organisation that owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_parent: Option<OrganisationNumber>,
    /// All the units that it may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_children: Option<OrganisationNumbers>,
    /// Its profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// How long its tokens are good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_lifetime_seconds: Option<u32>,
    /// Whether it gets tokens at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Grants what it asked for itself, and lets a draft become a client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<bool>,
}

/// A key that is added to a client's others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The public JWK; a private one is refused.
    pub jwk: Value,
    /// From when on it is no longer taken; never unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

impl ClientRegistration {
    /// A client of that name with these scopes and public keys, and everything else as it is unless given.
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

/// A client as the registry has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisteredClient {
    /// Its id.
    pub client_id: ClientId,
    /// For people.
    pub name: String,
    /// The scopes that it may ask for.
    pub scopes: ScopeSet,
    /// Its keys.
    pub keys: Vec<RegisteredKey>,
    /// How it is set up for organisations.
    pub tenancy: ClientTenancy,
    /// The organisation that owns it.
    pub org_parent: Option<OrganisationNumber>,
    /// The units that it may name.
    pub org_children: OrganisationNumbers,
    /// Its profile, if it differs from the authority's.
    pub profile: Option<Profile>,
    /// How long its tokens are good.
    pub token_lifetime_seconds: u32,
    /// Whether it gets tokens at all.
    pub enabled: bool,
    /// Whether it is more than a draft.
    pub approved: bool,
    /// Scopes that it asked for itself, and does not have yet.
    pub pending_scopes: ScopeSet,
    /// Values of claims that APIs define for each client, by the claim's name.
    pub api_claims: BTreeMap<String, ApiClaim>,
    /// Whether a seed file put it there.
    pub managed_by_file: bool,
}

/// The value of a claim that an API defines for each client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiClaim {
    /// What tokens say.
    pub active: Option<String>,
    /// What the client asked for, and waits for an approval.
    pub pending: Option<String>,
}

/// A client's key as the registry has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisteredKey {
    /// Its name.
    pub kid: Option<String>,
    /// `RSA`, `EC` or `OKP`.
    pub kty: String,
    /// The algorithm that it names.
    pub alg: Option<String>,
    /// RFC 7638.
    pub thumbprint: String,
    /// From when on it is no longer taken.
    pub expires: Option<Timestamp>,
    /// Where it came from.
    pub origin: KeyOrigin,
    /// The public key.
    pub jwk: Value,
}

/// Where a key came from, by HelseID's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyOrigin {
    /// Registered by a person.
    Gui,
    /// Sent by the client itself.
    Api,
}

impl KeyOrigin {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gui => "Gui",
            Self::Api => "Api",
        }
    }
}
