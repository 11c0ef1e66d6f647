//! The admin API of the local authority: what the command line and the authority say to each other. No part of HelseID.

mod bounds;
mod client;
mod conformance;
mod operations;
mod trace;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::details::OrganisationNumber;
use crate::id::{Audience, Issuer};
use crate::scope::ScopeSet;

pub use bounds::{
    ClaimName, ClaimNames, DisplayName, InvalidClaimName, InvalidDisplayName, MAX_CLIENT_KEYS,
    OrganisationNumbers,
};
pub use client::{
    ApiClaim, ClientChange, ClientRegistration, KeyOrigin, NewKey, RegisteredClient, RegisteredKey,
};
pub use conformance::{ConformanceReport, NewConformance, RuleReport, RuleState};
pub use operations::{
    AccessKeyEntry, AuditEntry, KeyPurpose, MadeAccessKey, NewAccessKey, Rotation, Scenario, SignInLink,
    SigningKeyEntry,
};
pub use trace::{Decoded, TraceDetails, TraceEntry, TraceOutcome};

/// What every path of the admin API begins with, below the issuer.
pub const PREFIX: &str = "/admin/api";

/// Where the clients are, below the issuer.
pub const CLIENTS_PATH: &str = "/admin/api/clients";

/// Where the API resources are, below the issuer.
pub const APIS_PATH: &str = "/admin/api/apis";

/// Where the organisations are, below the issuer.
pub const ORGANISATIONS_PATH: &str = "/admin/api/organisations";

/// Where the keys for the doubles of NHN's services are, below the issuer.
pub const ACCESS_KEYS_PATH: &str = "/admin/api/access-keys";

/// Where the log of changes is, below the issuer.
pub const AUDIT_PATH: &str = "/admin/api/audit";

/// Where the trace of token requests is, below the issuer.
pub const TRACE_PATH: &str = "/admin/api/trace";

/// Where the faults on request are, below the issuer.
pub const SCENARIOS_PATH: &str = "/admin/api/scenarios";

/// Where the signing keys are, below the issuer.
pub const SIGNING_KEYS_PATH: &str = "/admin/api/signing-keys";

/// Where the conformance sessions are, below the issuer.
pub const CONFORMANCE_PATH: &str = "/admin/api/conformance";

/// Where links to the admin pages are made, below the issuer.
pub const SIGN_IN_LINKS_PATH: &str = "/admin/api/sign-in-links";

/// Where the entries are that cannot be read, below the issuer.
pub const BROKEN_PATH: &str = "/admin/api/broken";

/// Where the delegations are, below the issuer.
pub const DELEGATIONS_PATH: &str = "/admin/api/delegations";

/// The file in the authority's data folder with [`AdminFile`].
pub const FILE_NAME: &str = "admin.json";

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

/// An entry of the registry, and whether a seed file put it there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The entry.
    #[serde(flatten)]
    pub entry: T,
    /// Whether a seed file put it there.
    pub managed_by_file: bool,
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
    /// Where the admin API is, if not below the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Issuer>,
    /// Where the authority's own machine reaches what stands below the issuer, if the issuer's name is one of http elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<Issuer>,
}

impl AdminFile {
    /// What the paths of the admin API stand below.
    #[must_use]
    pub fn address(&self) -> &Issuer {
        self.address.as_ref().unwrap_or(&self.issuer)
    }
}

impl fmt::Debug for AdminFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AdminFile").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
