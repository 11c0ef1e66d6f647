//! The seed file of the authority: clients, APIs and organisations that are there from the start.

use std::path::Path;

use helseid_authority::{NotRegistered, Running};
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
pub(crate) struct Seed {
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
}

/// A file beside the seed file, or a public JWK.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SeedKey {
    File(String),
    Jwk(serde_json::Map<String, Value>),
}

impl Seed {
    /// Reads a file in TOML; key files in it are beside it.
    pub(crate) fn read(file: &Path) -> Result<(Self, Vec<ClientRegistration>), Failure> {
        let content = crate::files::read(file)?;
        let wrong = |why: &dyn std::fmt::Display| {
            let next = "mend the file; the guide to continuous integration shows one";
            Failure::new(format_args!("{} is no seed file", file.display()), why, next)
        };
        let text = String::from_utf8(content).map_err(|why| wrong(&why))?;
        let mut seed: Self = toml::from_str(&text).map_err(|why| wrong(&why.to_string().trim_end()))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let clients =
            seed.client.drain(..).map(|client| client.registration(folder)).collect::<Result<_, _>>()?;
        Ok((seed, clients))
    }

    /// Puts everything into the registry; what is there already under the same names is changed.
    pub(crate) async fn apply(
        self,
        clients: Vec<ClientRegistration>,
        running: &Running,
    ) -> Result<(), Failure> {
        for api in self.api {
            running.add_api(api).await?;
        }
        for organisation in self.organisation {
            running.add_organisation(organisation).await?;
        }
        for delegation in self.delegation {
            running.delegate(delegation).await?;
        }
        for registration in clients {
            running.register(registration).await?;
        }
        Ok(())
    }
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
            enabled: true,
        })
    }
}
