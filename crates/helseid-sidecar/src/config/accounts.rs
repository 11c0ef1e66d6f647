//! The clients: the account of the file itself, its named ones, and the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use helseid_client::{Config, Settings};

use super::read::Sources;
use crate::error::SidecarError;

/// The name of the account that has none: the file's own settings, or the environment's.
pub(crate) const DEFAULT: &str = "default";

/// What a metadata document's address ends with (RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4).
const WELL_KNOWN: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// The clients, and what holds for callers, too, that are checked.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// By the names of their accounts.
    pub(crate) clients: BTreeMap<String, Config>,
    /// The issuer of the account without a name.
    pub(super) issuer: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) insecure_http: Vec<String>,
}

impl Accounts {
    /// Reads the account without a name, with flags and the environment before it, and those of `names`, for which the file
    /// alone says who they are. Without any there must be a client if one is `required`.
    pub(super) fn read(
        sources: &Sources<'_>,
        names: &[&String],
        required: bool,
    ) -> Result<Self, SidecarError> {
        let mut clients = BTreeMap::new();
        let own = match sources.file {
            Some(file) => Settings::read(file, sources.account)?,
            None => Settings::default(),
        };
        let environment = environment(sources.variable)?;
        let network = Settings {
            ca_file: sources.flags.ca_file.clone().or_else(|| environment.ca_file.clone()),
            insecure_http: sources.flags.insecure_http.clone().or_else(|| environment.insecure_http.clone()),
            ..Settings::default()
        };
        let own = sources.flags.clone().or(environment).or(own);
        let issuer = own.environment.map(|known| known.issuer().to_owned()).or_else(|| own.issuer.clone());
        let (ca_file, insecure_http) = (own.ca_file.clone(), own.insecure_http.clone().unwrap_or_default());
        if own.client_id.is_some() || (names.is_empty() && required) {
            clients.insert(DEFAULT.to_owned(), own.finish()?);
        }
        for name in names {
            if *name == DEFAULT {
                let why = "that is the name of the account without a section";
                return Err(SidecarError::new(
                    "the account \"default\" has a section",
                    why,
                    "rename the section",
                ));
            }
            let settings = Settings::read(sources.file.unwrap_or(Path::new("")), Some(name))?;
            clients.insert((*name).clone(), network.clone().or(settings).finish()?);
        }
        Ok(Self { clients, issuer, ca_file, insecure_http })
    }

    /// The account of this name, or the only one if none is named.
    pub(crate) fn named(&self, name: Option<&str>) -> Option<(&str, &Config)> {
        let found = match name {
            Some(name) => self.clients.get_key_value(name),
            None => {
                let only = || self.clients.iter().next().filter(|_| self.clients.len() == 1);
                self.clients.get_key_value(DEFAULT).or_else(only)
            }
        };
        found.map(|(name, config)| (name.as_str(), config))
    }
}

/// The client's own variables, and the address of the metadata as Texas has it.
fn environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Settings, SidecarError> {
    let mut settings = Settings::from_environment(variable);
    if variable("HELSEID_CLIENT_JWK").is_some_and(|value| !value.trim().is_empty()) {
        tracing::warn!(
            "the key is in a variable, which the machine shows to others: prefer HELSEID_CLIENT_JWK_FILE"
        );
    }
    let well_known = variable("HELSEID_WELL_KNOWN_URL").map(|value| value.trim().to_owned());
    let Some(address) = well_known.filter(|value| !value.is_empty() && settings.issuer.is_none()) else {
        return Ok(settings);
    };
    let issuer = WELL_KNOWN.iter().find_map(|end| address.strip_suffix(end));
    let issuer = issuer.ok_or_else(|| {
        let why = format!("expected an address that ends with {}", WELL_KNOWN.join(" or "));
        SidecarError::new(
            "the variable HELSEID_WELL_KNOWN_URL is invalid",
            why,
            "set HELSEID_ISSUER in its place",
        )
    })?;
    settings.issuer = Some(issuer.to_owned());
    Ok(settings)
}
