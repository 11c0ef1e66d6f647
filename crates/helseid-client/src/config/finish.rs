//! From settings to a configuration.

use std::path::PathBuf;

use helseid_protocol::address;
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::PrivateKeyText;

use super::values::{Config, KeyLocation};
use crate::error::Error;
use crate::settings::{KeyPlace, Settings};

impl Settings {
    /// Checks each setting, and that none is missing.
    pub fn finish(self) -> Result<Config, Error> {
        let issuer = match (&self.issuer, self.environment) {
            (Some(text), None) => text.as_str(),
            (None, Some(environment)) => environment.issuer(),
            (None, None) => return Err(missing("issuer", "HELSEID_ISSUER")),
            (Some(_), Some(_)) => {
                let what = "issuer and environment are both set";
                return Err(Error::configuration(what, "both name the issuer", "remove one of them"));
            }
        };
        let key = key(self.key, self.jwk, self.key_file)?;
        let client_id = self.client_id.ok_or_else(|| missing("client_id", "HELSEID_CLIENT_ID"))?;
        let scope = self.scope.map(|scopes| scopes.joined()).unwrap_or_default();
        let config = Config {
            issuer: parsed("issuer", issuer, Issuer::parse)?,
            client_id: parsed("client_id", &client_id, ClientId::parse)?,
            key,
            key_password: self.key_password,
            key_alias: self.key_alias,
            scope: parsed("scope", &scope, ScopeSet::parse)?,
            resource: self.resource.map(|text| parsed("resource", &text, Audience::parse)).transpose()?,
            details: details(self.org_parent, self.org_child)?,
            api_url: match self.api.and_then(|api| api.url) {
                Some(url) => Some(parsed("api.url", &url, address::parse)?),
                None => None,
            },
            self_service_url: match self.self_service_url {
                Some(url) => Some(parsed("self_service_url", &url, address::parse)?),
                None => None,
            },
            ca_file: self.ca_file,
            insecure_http: self.insecure_http.unwrap_or_default(),
        };
        Ok(config)
    }
}

/// Where the key is: exactly one of the three must be set.
fn key(
    place: Option<KeyPlace>,
    jwk: Option<PrivateKeyText>,
    file: Option<PathBuf>,
) -> Result<KeyLocation, Error> {
    match (place, jwk, file) {
        (Some(KeyPlace::External), None, None) => Ok(KeyLocation::External),
        (Some(KeyPlace::Unknown), None, None) => {
            let why = "expected \"external\"; the value is not shown, since it may be a key";
            let next =
                "set key = \"external\" for a key outside this process, or name its file with key_file";
            Err(Error::configuration("the setting key is invalid", why, next))
        }
        (None, Some(text), None) => Ok(KeyLocation::Text(text)),
        (None, None, Some(file)) => Ok(KeyLocation::File(file)),
        (None, None, None) => Err(missing("key_file", "HELSEID_CLIENT_JWK_FILE or HELSEID_CLIENT_JWK")),
        (place, jwk, file) => {
            let named = [
                place.map(|_| "key (HELSEID_CLIENT_KEY)"),
                jwk.map(|_| "HELSEID_CLIENT_JWK"),
                file.map(|_| "key_file (HELSEID_CLIENT_JWK_FILE)"),
            ];
            let named: Vec<_> = named.into_iter().flatten().collect();
            let what = format!("{} are set together", named.join(" and "));
            Err(Error::configuration(
                what,
                "each of them names a key, and a client has one",
                "keep one of them",
            ))
        }
    }
}

fn details(parent: Option<String>, child: Option<String>) -> Result<Details, Error> {
    let number = |name, text: String| parsed(name, &text, OrganisationNumber::parse);
    let child = child.map(|text| number("org_child", text)).transpose()?;
    let organisation = match (parent, child) {
        (None, None) => return Ok(Details::new()),
        (None, Some(child)) => Organisation::Child(child),
        (Some(parent), child) => Organisation::Parent { parent: number("org_parent", parent)?, child },
    };
    Ok(Details::new().for_organisation(organisation))
}

fn parsed<T, E: std::fmt::Display>(
    name: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Error> {
    parse(text).map_err(|why| {
        let what = format!("the setting {name} is invalid");
        Error::configuration(
            what,
            format_args!("{text:?}: {why}"),
            format_args!("fix {name} in the configuration"),
        )
    })
}

fn missing(name: &str, variable: &str) -> Error {
    let next = format!("set {name} in helseid.toml, or {variable}; helseid init creates a complete file");
    Error::configuration(format_args!("the setting {name} is missing"), "every client needs it", next)
}
