//! API resources, organisations, delegations, and entries that cannot be read.

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use serde::{Deserialize, Serialize};

use crate::bounds::{ClaimNames, DisplayName, OrganisationNumbers};
#[cfg(test)]
use crate::openapi::schema;

/// An API resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ApiResource {
    /// Its name, which is the `aud` of tokens for it.
    #[cfg_attr(test, schemars(with = "schema::Id"))]
    pub audience: Audience,
    /// Its scopes, in full: `nhn:api/read`.
    #[cfg_attr(test, schemars(with = "schema::Scopes"))]
    pub scopes: ScopeSet,
    /// The claims about the client that its tokens have. An empty list means all of them.
    #[serde(default, skip_serializing_if = "ClaimNames::is_empty")]
    #[cfg_attr(test, schemars(with = "schema::Claims"))]
    pub claims: ClaimNames,
    /// Whether a client that asks for one of its scopes itself must wait for approval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OrganisationEntry {
    /// Its organisation number.
    #[cfg_attr(test, schemars(with = "schema::OrganisationNumber"))]
    pub number: OrganisationNumber,
    /// Its name, for people.
    #[cfg_attr(test, schemars(with = "schema::Name"))]
    pub name: DisplayName,
    /// Its units. An empty list means that any unit is accepted.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "schema::Organisations"))]
    pub children: OrganisationNumbers,
}

/// An organisation lets a supplier act for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Delegation {
    /// The organisation that delegates.
    #[cfg_attr(test, schemars(with = "schema::OrganisationNumber"))]
    pub parent: OrganisationNumber,
    /// The organisation that owns the clients which may act for it.
    #[cfg_attr(test, schemars(with = "schema::OrganisationNumber"))]
    pub supplier: OrganisationNumber,
}

/// An entry of the registry that cannot be read, because an older version wrote it or because it was edited by hand. It is
/// ignored until it is removed or registered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BrokenEntry {
    /// What it is: `client`, `api`, `organisation`, `delegation`, `person`, `access key` or `mark`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Why it cannot be read. A request to remove it need not say.
    #[serde(default)]
    pub why: String,
}
