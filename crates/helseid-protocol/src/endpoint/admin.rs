//! The admin API of the local authority: what the command line and the authority say to each other. No part of HelseID.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::ClientTenancy;
use crate::details::OrganisationNumber;
use crate::id::{Audience, ClientId, Issuer};
use crate::rule::Profile;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// What every path of the admin API begins with, below the issuer.
pub const PREFIX: &str = "/admin/api";

/// Where the clients are, below the issuer.
pub const CLIENTS_PATH: &str = "/admin/api/clients";

/// Where the API resources are, below the issuer.
pub const APIS_PATH: &str = "/admin/api/apis";

/// Where the organisations are, below the issuer.
pub const ORGANISATIONS_PATH: &str = "/admin/api/organisations";

/// Where the delegations are, below the issuer.
pub const DELEGATIONS_PATH: &str = "/admin/api/delegations";

/// The file in the authority's data folder with [`AdminFile`].
pub const FILE_NAME: &str = "admin.json";

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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub org_children: Vec<OrganisationNumber>,
    /// Its profile; the authority's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// How long its tokens are good; 600 s unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime_seconds: Option<u32>,
    /// Whether it gets tokens at all.
    #[serde(default = "yes")]
    pub enabled: bool,
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
    pub org_children: Vec<OrganisationNumber>,
    /// Its profile, if it differs from the authority's.
    pub profile: Option<Profile>,
    /// How long its tokens are good.
    pub token_lifetime_seconds: u32,
    /// Whether it gets tokens at all.
    pub enabled: bool,
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

/// A page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; none on the last.
    pub next: Option<String>,
}

/// An API resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiResource {
    /// Its name, which tokens for it have as `aud`.
    pub audience: Audience,
    /// Its scopes, in full, such as `nhn:api/read`.
    pub scopes: ScopeSet,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationEntry {
    /// Its number.
    pub number: OrganisationNumber,
    /// For people.
    pub name: String,
    /// Its units; an empty list lets any child pass.
    #[serde(default)]
    pub children: Vec<OrganisationNumber>,
}

/// An organisation lets a supplier act for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// The organisation.
    pub parent: OrganisationNumber,
    /// The organisation that owns the client.
    pub supplier: OrganisationNumber,
}

/// A refusal (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// What failed, in one line.
    pub title: String,
    /// Why, in one line.
    pub detail: String,
    /// What to do next, in one line.
    pub next: String,
}

/// What the authority writes for the command line, readable by its owner alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct AdminFile {
    /// The only server that the token may be sent to.
    pub issuer: Issuer,
    /// The admin token.
    pub token: String,
}

impl fmt::Debug for AdminFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AdminFile").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
