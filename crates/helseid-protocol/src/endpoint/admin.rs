//! The admin API of the local authority: what the command line and the authority say to each other. No part of HelseID.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::ClientTenancy;
use crate::details::OrganisationNumber;
use crate::id::{Audience, ClientId, Issuer};
use crate::rule::{Profile, Verdict};
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
    pub org_children: Option<Vec<OrganisationNumber>>,
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
            org_children: Vec::new(),
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
    pub org_children: Vec<OrganisationNumber>,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
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

/// A request to the token endpoint, as the list of the trace has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceEntry {
    /// Its place in the order of all requests since the start.
    pub seq: u64,
    /// Its id, which nobody can guess: `error_uri` of the answer ends with it.
    pub id: String,
    /// When it came.
    pub at: Timestamp,
    /// Who its assertion said it came from.
    pub client_id: Option<String>,
    /// What became of it.
    pub outcome: TraceOutcome,
    /// The error of the answer.
    pub error: Option<String>,
    /// The rule that was broken.
    pub rule: Option<String>,
    /// The scopes that were granted.
    pub scope: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceOutcome {
    /// It got a token.
    Granted,
    /// It was sent back for a nonce, as every first request is.
    NonceWanted,
    /// It broke a rule.
    Refused,
    /// It could not be answered then.
    Unavailable,
}

impl TraceOutcome {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Granted, Self::NonceWanted, Self::Refused, Self::Unavailable];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NonceWanted => "nonce_wanted",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

impl std::str::FromStr for TraceOutcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|outcome| outcome.name() == text);
        known.ok_or_else(|| "expected granted, nonce_wanted, refused or unavailable".to_owned())
    }
}

/// A request to the token endpoint, opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TraceDetails {
    /// As the list has it.
    #[serde(flatten)]
    pub entry: TraceEntry,
    /// What the answer said of the error.
    pub description: Option<String>,
    /// The assertion, without its signature.
    pub assertion: Option<Decoded>,
    /// The proof, without its signature and nonce.
    pub proof: Option<Decoded>,
    /// How far the client's clock was ahead of ours, by the assertion's `iat`.
    pub clock_offset_seconds: Option<i64>,
    /// What became of every rule.
    pub verdict: Verdict,
}

/// For people: who, when, what, and each rule.
#[cfg(feature = "format")]
impl fmt::Display for TraceDetails {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = &self.entry;
        writeln!(out, "request   {} at {}, {}", entry.id, entry.at.rfc3339(), entry.outcome.name())?;
        writeln!(out, "client    {}", entry.client_id.as_deref().unwrap_or("unknown"))?;
        if let Some(scope) = &entry.scope {
            writeln!(out, "granted   {scope}")?;
        }
        if let (Some(error), Some(description)) = (&entry.error, &self.description) {
            writeln!(out, "error     {error}: {description}")?;
        }
        if let Some(offset) = self.clock_offset_seconds {
            writeln!(out, "clock     the client's is {offset} s ahead, by the assertion's iat")?;
        }
        for (name, jwt) in [("assertion", &self.assertion), ("proof", &self.proof)] {
            if let Some(jwt) = jwt {
                writeln!(out, "\n{name}\n  {}\n  {}", jwt.header, jwt.claims)?;
            }
        }
        writeln!(out)?;
        self.verdict.findings().iter().try_for_each(|finding| finding.fmt(out))
    }
}

/// A JWT taken apart, without its signature. What lets its reader in is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decoded {
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
}

/// Faults that an authority shall have towards one client, for tests of that client. Each is off unless set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// So many answers that ask for a nonce do not bring one.
    pub nonces_dropped: u32,
    /// So many good requests are sent back for another nonce.
    pub nonces_refused: u32,
    /// So many requests are answered with `server_error_status`.
    pub server_errors: u32,
    /// 503 unless set.
    pub server_error_status: Option<u16>,
    /// Each answer comes so much later, at most 60,000.
    pub delay_milliseconds: u32,
    /// After so many more tokens the authority gets a new signing key.
    pub rollover_after: Option<u32>,
    /// The authority's clock is so far ahead, for this client.
    pub clock_skew_seconds: i64,
    /// Half of the JWK Set is missing, for everyone: a request for it does not say who asks.
    pub truncated_jwks: bool,
    /// `token_type` of the answer.
    pub token_type: Option<String>,
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

/// What an access key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyPurpose {
    /// The double of NHN's test token service: header `X-Auth-Key`.
    TestTokens,
    /// Drafts of clients at the double of the self-service API: header `api-key`.
    ClientDrafts,
}

impl KeyPurpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TestTokens, Self::ClientDrafts];

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TestTokens => "test-tokens",
            Self::ClientDrafts => "client-drafts",
        }
    }
}

impl std::str::FromStr for KeyPurpose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|purpose| purpose.name() == text);
        known.ok_or_else(|| "expected test-tokens or client-drafts".to_owned())
    }
}

/// An access key that is wanted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccessKey {
    /// What it shall open.
    pub purpose: KeyPurpose,
    /// For people.
    pub name: String,
}

/// An access key as the registry has it: the key itself is told once, when it is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessKeyEntry {
    /// Its id, which is no secret.
    pub id: String,
    /// What it opens.
    pub purpose: KeyPurpose,
    /// For people.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}

/// An access key that was just made.
#[derive(Clone, Serialize, Deserialize)]
pub struct MadeAccessKey {
    /// What the registry has of it.
    #[serde(flatten)]
    pub entry: AccessKeyEntry,
    /// The key. Told this once.
    pub key: String,
}

impl fmt::Debug for MadeAccessKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MadeAccessKey").field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// A change of the registry: who changed what.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the order of all changes.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `admin`, `seed file`, `client ID` or `access key NAME`.
    pub actor: String,
    /// What was done, such as `put` or `remove`.
    pub action: String,
    /// To what kind of entry.
    pub kind: String,
    /// To which.
    pub id: String,
}

/// A signing key, without its private half.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKeyEntry {
    /// Its name.
    pub kid: String,
    /// What it signs with.
    pub alg: String,
    /// When it was made, and published.
    pub created: Timestamp,
    /// From when on it signs.
    pub active_from: Timestamp,
    /// From when on it is among the expired keys.
    pub retires: Option<Timestamp>,
    /// `next`, `signing`, `published` or `expired`.
    pub state: String,
}

/// How signing keys shall be rotated.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rotation {
    /// How long the new key is published before it signs.
    pub lead_seconds: u32,
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
