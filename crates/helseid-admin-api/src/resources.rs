//! API resources, organisations, delegations, and entries that cannot be read.

use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use serde::{Deserialize, Serialize};

use crate::bounds::{ClaimNames, DisplayName, OrganisationNumbers};
#[cfg(test)]
use crate::openapi::schema;

/// An API resource.
///
/// ```
/// use helseid_admin_api::ApiResource;
/// use helseid_protocol::scope::Scope;
///
/// let api: ApiResource = serde_json::from_str(r#"{"audience":"nhn:api","scopes":["nhn:api/read"]}"#)?;
/// assert!(api.scopes.contains(&Scope::parse("nhn:api/read")?));
/// // No claim is named: tokens for it have all that are about the client.
/// assert!(api.claims.is_empty() && !api.approval);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use helseid_admin_api::{Listed, OrganisationEntry};
/// use helseid_protocol::details::OrganisationNumber;
///
/// # let answer = r#"[{ "number": "994598759", "name": "A hospital", "children": ["983658776"], "managed_by_file": true }]"#;
/// let organisations: Vec<Listed<OrganisationEntry>> = serde_json::from_str(answer)?;
/// let hospital = organisations.iter().find(|listed| listed.entry.name.as_str() == "A hospital").ok_or("none")?;
/// assert!(hospital.managed_by_file);
/// // Any other unit is refused; with an empty list, none is.
/// assert!(hospital.entry.children.contains(&OrganisationNumber::parse("983658776")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use helseid_admin_api::{Delegation, operation};
///
/// let json = r#"{"parent":"994598759","supplier":"983658776"}"#;
/// let delegation: Delegation = serde_json::from_str(json)?;
/// // It has no id: the same body makes it and revokes it.
/// assert_eq!(operation::REMOVE_DELEGATION.path(), operation::PUT_DELEGATION.path());
/// assert_eq!(serde_json::to_string(&delegation)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
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
///
/// ```
/// use helseid_admin_api::BrokenEntry;
///
/// let answer = r#"[{"kind":"client","id":"my-journal","why":"unknown field `tennancy`"}]"#;
/// let broken: Vec<BrokenEntry> = serde_json::from_str(answer)?;
/// assert!(broken.iter().any(|entry| entry.why.contains("tennancy")));
/// // The request to remove it need not say why.
/// let named: BrokenEntry = serde_json::from_str(r#"{"kind":"client","id":"my-journal"}"#)?;
/// assert!(broken.iter().any(|entry| (&entry.kind, &entry.id) == (&named.kind, &named.id)));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
