//! A whole configuration, checked.

use std::path::{Path, PathBuf};

use helseid_protocol::address;
use helseid_protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::jose::format::{KeyReader, Password, SecretBytes};
use helseid_protocol::jose::{SigningKey, weak};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::PrivateKeyText;
use serde::Deserialize;
use url::Url;

use crate::error::{Error, Inner};
use crate::settings::{KeyPlace, Settings};

/// The configuration's usual name.
pub const DEFAULT_FILE: &str = "helseid.toml";

/// Issuers with a name of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// A local authority at `http://localhost:8480`.
    Local,
    /// HelseID's test environment.
    Test,
    /// HelseID itself.
    Production,
}

impl Environment {
    /// The issuer (HelseID: environments).
    #[must_use]
    pub const fn issuer(self) -> &'static str {
        match self {
            Self::Local => "http://localhost:8480",
            Self::Test => "https://helseid-sts.test.nhn.no",
            Self::Production => "https://helseid-sts.nhn.no",
        }
    }
}

/// Where the private key comes from.
#[derive(Debug, Clone)]
pub enum KeyLocation {
    /// A file.
    File(PathBuf),
    /// The key itself, as a JWK, or as the text of another file with a key.
    Text(PrivateKeyText),
    /// Outside this process: see [`ClientBuilder::signer`](crate::ClientBuilder::signer).
    External,
}

/// What a client needs to get tokens.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Whose tokens.
    pub issuer: Issuer,
    /// Who asks.
    pub client_id: ClientId,
    /// With which key it authenticates.
    pub key: KeyLocation,
    /// What opens the key file, if it is encrypted.
    pub key_password: Option<Password>,
    /// Which key of the key file is meant, if it holds several: the alias in PKCS#12, the `kid` in a JWK Set.
    pub key_alias: Option<String>,
    /// What it asks for; nothing asks for all that it may have.
    pub scope: ScopeSet,
    /// The one API that tokens are for, where the scopes belong to several (RFC 8707).
    pub resource: Option<Audience>,
    /// For whom it acts, and other structured claims.
    pub details: Details,
    /// The API that the command line and the sample app call.
    pub api_url: Option<Url>,
    /// Where the self-service API is, if it is not where HelseID has it: for key rotation.
    pub self_service_url: Option<Url>,
    /// Certificates, in PEM, that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts that may be called by http besides loopback, each as `NAME` or `NAME:PORT`. Anyone on the way can read what is sent there.
    pub insecure_http: Vec<String>,
}

impl Config {
    /// A client with this key that asks `issuer` for all that it may have.
    #[must_use]
    pub const fn new(issuer: Issuer, client_id: ClientId, key: KeyLocation) -> Self {
        Self {
            issuer,
            client_id,
            key,
            key_password: None,
            key_alias: None,
            scope: ScopeSet::none(),
            resource: None,
            details: Details::new(),
            api_url: None,
            self_service_url: None,
            ca_file: None,
            insecure_http: Vec::new(),
        }
    }

    /// Reads the file that `HELSEID_CONFIG` names, else `helseid.toml` in this folder, as [`Config::read`] does. Without
    /// either, the environment alone must say everything.
    pub fn load() -> Result<Self, Error> {
        match variable("HELSEID_CONFIG") {
            Some(file) => Self::read(file.trim()),
            None if Path::new(DEFAULT_FILE).exists() => Self::read(DEFAULT_FILE),
            None => Settings::from_environment(variable).finish(),
        }
    }

    /// Reads `helseid.toml`, or NHN's downloaded configuration file; the `HELSEID_*` variables of the environment go
    /// before what it says, and `HELSEID_ACCOUNT` picks one of its accounts.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, Error> {
        let account = variable("HELSEID_ACCOUNT");
        let file = Settings::read(file.as_ref(), account.as_deref().map(str::trim))?;
        Settings::from_environment(variable).or(file).finish()
    }

    /// Reads and parses the private key, in any of the formats of [`mod@helseid_protocol::jose::format`]. The file is read anew each time.
    pub fn signing_key(&self) -> Result<SigningKey, Error> {
        let content = match &self.key {
            KeyLocation::External => return Err(Inner::SignerMissing.into()),
            KeyLocation::Text(text) => SecretBytes::new(text.expose().as_bytes().to_vec()),
            KeyLocation::File(file) => SecretBytes::new(std::fs::read(file).map_err(|why| {
                let what = format!("{} cannot be read", file.display());
                Error::from(Inner::Key { what, why: why.to_string() })
            })?),
        };
        if let KeyLocation::File(file) = &self.key {
            warn_if_others_can_read(file);
        }
        let unusable = |why: String| {
            let what = match &self.key {
                KeyLocation::Text(_) | KeyLocation::External => {
                    "the private key in the settings cannot be used".to_owned()
                }
                KeyLocation::File(file) => {
                    format!("{} holds no private key that can be used", file.display())
                }
            };
            Error::from(Inner::Key { what, why })
        };
        let found = KeyReader::new(self.key_password.as_ref(), self.key_alias.as_deref())
            .private(&content)
            .map_err(|why| unusable(why.to_string()))?;
        for note in &found.notes {
            tracing::info!(note, "the private key was corrected");
        }
        if let Some(source) = weak::published_in(found.key.public()) {
            let key = found.key.public().thumbprint();
            tracing::warn!(%key, source, "anyone can sign with the client's key: its private half is published");
        }
        SigningKey::new(&found.key).map_err(|why| unusable(why.to_string()))
    }
}

/// A private key is its owner's alone. A warning and no refusal: in containers keys are often mounted with wider modes.
#[cfg(unix)]
fn warn_if_others_can_read(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file).map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let file = file.display();
        tracing::warn!(
            "{file} can be read by others (mode {mode:o}); let its owner alone read it: chmod 600 {file}"
        );
    }
}

/// Where files have no modes there is nothing to see.
#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) {}

impl Settings {
    /// A whole configuration: checks each setting, and that none is missing.
    pub fn finish(self) -> Result<Config, Error> {
        let issuer = match (&self.issuer, self.environment) {
            (Some(text), None) => text.as_str(),
            (None, Some(environment)) => environment.issuer(),
            (None, None) => return Err(missing("issuer", "HELSEID_ISSUER")),
            (Some(_), Some(_)) => {
                let why = "both name the issuer";
                return Err(Error::configuration(
                    "issuer and environment are both set",
                    why,
                    "leave one out",
                ));
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

/// The one place of the key that is named.
fn key(
    place: Option<KeyPlace>,
    jwk: Option<PrivateKeyText>,
    file: Option<PathBuf>,
) -> Result<KeyLocation, Error> {
    match (place, jwk, file) {
        (Some(KeyPlace::External), None, None) => Ok(KeyLocation::External),
        (Some(KeyPlace::Unknown), None, None) => {
            let why = "expected \"external\"; what came is not shown, since it may be a key";
            let next =
                "write key = \"external\" for a key outside this process, or name its file with key_file";
            Err(Error::configuration("the setting key is wrong", why, next))
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
                "each says where the key is, and a client has one",
                "leave all but one out",
            ))
        }
    }
}

/// A variable of the environment; a blank one counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
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
        let what = format!("the setting {name} is wrong");
        Error::configuration(
            what,
            format_args!("{text:?}: {why}"),
            format_args!("correct {name} in the configuration"),
        )
    })
}

fn missing(name: &str, variable: &str) -> Error {
    let next = format!("set {name} in helseid.toml, or {variable}; helseid init makes a whole file");
    Error::configuration(format_args!("the setting {name} is missing"), "every client needs it", next)
}
