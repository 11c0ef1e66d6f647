//! API resources, organisations, delegations, and entries that cannot be read.

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use serde::{Deserialize, Serialize};

use crate::bounds::{ClaimNames, DisplayName, OrganisationNumbers};

/// An API resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiResource {
    /// Its name, which tokens for it have as `aud`.
    pub audience: Audience,
    /// Its scopes, in full, such as `nhn:api/read`.
    pub scopes: ScopeSet,
    /// Which of the claims about a client its tokens have; an empty list wants all.
    #[serde(default, skip_serializing_if = "ClaimNames::is_empty")]
    pub claims: ClaimNames,
    /// Whether a client that asks for its scopes itself must wait for an approval.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approval: bool,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationEntry {
    /// Its number.
    pub number: OrganisationNumber,
    /// For people.
    pub name: DisplayName,
    /// Its units; an empty list lets any child pass.
    #[serde(default)]
    pub children: OrganisationNumbers,
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

/// An entry of the registry that cannot be read: an older version wrote it, or someone did so by hand. It is left out of
/// everything else until it is removed, or registered again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenEntry {
    /// `client`, `api`, `organisation`, `delegation`, `access key` or `mark`.
    pub kind: String,
    /// Its name.
    pub id: String,
    /// Why it cannot be read.
    #[serde(default)]
    pub why: String,
}
