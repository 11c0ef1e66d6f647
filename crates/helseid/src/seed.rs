//! The seed file of the authority: clients, APIs and organisations that are there from the start.

use std::collections::BTreeMap;
use std::path::Path;

use helseid_authority::{NotRegistered, Seed};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::endpoint::admin::{ApiResource, ClientRegistration, Delegation, OrganisationEntry};
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use serde::Deserialize;
use serde_json::Value;

use crate::commands::key;
use crate::failure::Failure;

/// What a seed file says. Unknown names are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    api: Vec<ApiResource>,
    #[serde(default)]
    organisation: Vec<OrganisationEntry>,
    #[serde(default)]
    delegation: Vec<Delegation>,
    #[serde(default)]
    client: Vec<SeedClient>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedClient {
    id: ClientId,
    name: Option<String>,
    scopes: ScopeSet,
    keys: Vec<SeedKey>,
    tenancy: Option<ClientTenancy>,
    org_parent: Option<OrganisationNumber>,
    #[serde(default)]
    org_children: Vec<OrganisationNumber>,
    profile: Option<Profile>,
    token_lifetime_seconds: Option<u32>,
    #[serde(default)]
    api_claims: BTreeMap<String, String>,
    enabled: Option<bool>,
}

/// A file beside the seed file, or a public JWK.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SeedKey {
    File(String),
    Jwk(serde_json::Map<String, Value>),
}

/// Reads a file in TOML; key files in it are beside it.
pub(crate) fn read(file: &Path) -> Result<Seed, Failure> {
    let text = crate::files::read_text(file)?;
    let wrong = |why: &dyn std::fmt::Display| {
        let next = "mend the file; the guide to continuous integration shows one";
        Failure::new(format_args!("{} is no seed file", file.display()), why, next)
    };
    let written: Written = toml::from_str(&text).map_err(|why| wrong(&why.to_string().trim_end()))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let clients = written.client.into_iter().map(|client| client.registration(folder));
    Ok(Seed {
        apis: written.api,
        organisations: written.organisation,
        delegations: written.delegation,
        clients: clients.collect::<Result<_, _>>()?,
    })
}

impl From<NotRegistered> for Failure {
    fn from(error: NotRegistered) -> Self {
        Self::new(error.title, error.detail, error.next)
    }
}

impl SeedClient {
    fn registration(self, folder: &Path) -> Result<ClientRegistration, Failure> {
        let jwk = |key: SeedKey| match key {
            SeedKey::File(name) => Ok(Value::Object(key::public(&folder.join(name))?.members().clone())),
            SeedKey::Jwk(members) => Ok(Value::Object(members)),
        };
        Ok(ClientRegistration {
            name: self.name.unwrap_or_else(|| self.id.to_string()),
            client_id: Some(self.id),
            scopes: self.scopes,
            keys: self.keys.into_iter().map(jwk).collect::<Result<_, Failure>>()?,
            keys_expire: None,
            tenancy: self.tenancy.unwrap_or(ClientTenancy::None),
            org_parent: self.org_parent,
            org_children: self.org_children,
            profile: self.profile,
            token_lifetime_seconds: self.token_lifetime_seconds,
            api_claims: self.api_claims,
            enabled: self.enabled.unwrap_or(true),
        })
    }
}
