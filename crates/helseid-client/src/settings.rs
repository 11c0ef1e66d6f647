//! What a configuration file, the environment and flags can say; each may say a part.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use helseid_protocol::jose::format::{NhnConfiguration, Password, SecretBytes};
use helseid_protocol::secret::PrivateKeyText;
use helseid_protocol::text;
use serde::Deserialize;

use crate::Error;
use crate::config::Environment;

/// A part of a configuration. Unknown names in a file are refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The issuer's address.
    pub issuer: Option<String>,
    /// A known issuer by name, instead of `issuer`.
    pub environment: Option<Environment>,
    /// Who the client is.
    pub client_id: Option<String>,
    /// Where the private key is; relative to the file that says so.
    pub key_file: Option<PathBuf>,
    /// That the private key is outside this process, instead of `key_file`.
    pub key: Option<KeyPlace>,
    /// The private key itself, as a JWK; by the environment alone, never by a file or flag.
    #[serde(skip)]
    pub jwk: Option<PrivateKeyText>,
    /// What opens the key file, if it is encrypted; by the environment alone.
    #[serde(skip)]
    pub key_password: Option<Password>,
    /// Which key of the key file is meant, if it holds several: the alias in PKCS#12, the `kid` in a JWK Set.
    pub key_alias: Option<String>,
    /// The scopes to ask for.
    pub scope: Option<Scopes>,
    /// The one API that tokens are for (RFC 8707).
    pub resource: Option<String>,
    /// For whom a multi-tenant client acts.
    pub org_parent: Option<String>,
    /// Which unit the client acts for.
    pub org_child: Option<String>,
    /// Where the self-service API is, if it is not where HelseID has it.
    pub self_service_url: Option<String>,
    /// Certificates, in PEM, that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts that may be called by http, each as `NAME` or `NAME:PORT`.
    pub insecure_http: Option<Vec<String>>,
    /// The API to call.
    pub api: Option<ApiSettings>,
    /// More clients, by name; each says what differs from the rest of the file.
    #[serde(default)]
    pub account: BTreeMap<String, Settings>,
}

/// The section `[api]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// The address that `helseid call` and the sample app call.
    pub url: Option<String>,
}

/// What `key` says. Another text than `external` is not kept: it may be a key, which does not belong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum KeyPlace {
    /// Outside this process: see [`ClientBuilder::signer`](crate::ClientBuilder::signer).
    External,
    /// Nowhere that is known; refused by [`Settings::finish`].
    Unknown,
}

impl From<String> for KeyPlace {
    fn from(text: String) -> Self {
        if text == "external" { Self::External } else { Self::Unknown }
    }
}

/// Scopes as an array, or as one text with spaces.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Scopes {
    /// One text.
    Text(String),
    /// An array.
    List(Vec<String>),
}

impl Scopes {
    pub(crate) fn joined(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => list.join(" "),
        }
    }
}

impl Settings {
    /// Reads a file in TOML, or NHN's downloaded configuration file; `account` picks a section of the former. Paths in it
    /// become relative to its folder.
    pub fn read(file: &Path, account: Option<&str>) -> Result<Self, Error> {
        let shown = file.display();
        let unreadable = |why: &dyn std::fmt::Display, next| {
            Error::configuration(format_args!("{shown} cannot be read"), why, next)
        };
        let content = std::fs::read(file).map(SecretBytes::new).map_err(|why| {
            unreadable(&why, "make one with helseid init, or name it with --config or HELSEID_CONFIG")
        })?;
        let text = text::decode(&content).map_err(|why| unreadable(&why, "write it as UTF-8"))?;
        if NhnConfiguration::is_one(text.trim()) {
            return Self::from_nhn(&text, file);
        }
        let settings: Self = toml::from_str(&text).map_err(|why| {
            let line = why
                .span()
                .map_or(1, |span| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count());
            let what = format!("{shown} line {line} is wrong");
            Error::configuration(what, why.message(), "correct that line; the guide lists every name")
        })?;
        let settings = settings.account(account, file)?;
        Ok(settings.beside(file.parent().unwrap_or(Path::new(""))))
    }

    /// What the `HELSEID_*` variables say. `variable` looks one up.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        // A mounted secret and a quoted line bring their end of line along.
        let said = |name: &str| {
            variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let password = variable("HELSEID_KEY_PASSWORD").filter(|value| !value.trim().is_empty());
        Self {
            issuer: said("HELSEID_ISSUER"),
            client_id: said("HELSEID_CLIENT_ID"),
            key_file: said("HELSEID_CLIENT_JWK_FILE").map(PathBuf::from),
            key: said("HELSEID_CLIENT_KEY").map(KeyPlace::from),
            jwk: said("HELSEID_CLIENT_JWK").map(PrivateKeyText::new),
            key_password: password.map(|text| Password::of_one_line(&text)),
            key_alias: said("HELSEID_KEY_ALIAS"),
            scope: said("HELSEID_SCOPE").map(Scopes::Text),
            ca_file: said("HELSEID_CA_FILE").map(PathBuf::from),
            insecure_http: said("HELSEID_INSECURE_HTTP").map(|hosts| {
                let hosts = hosts.split(|c: char| c == ',' || c.is_whitespace());
                hosts.filter(|host| !host.is_empty()).map(str::to_owned).collect()
            }),
            ..Self::default()
        }
    }

    /// These settings, with what they leave open taken from `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        // Two name the issuer, and three the key: what is said here takes the place of each.
        let issuer_is_said = self.issuer.is_some() || self.environment.is_some();
        let key_is_said = self.key.is_some() || self.jwk.is_some() || self.key_file.is_some();
        Self {
            issuer: self.issuer.or(others.issuer.filter(|_| !issuer_is_said)),
            environment: self.environment.or(others.environment.filter(|_| !issuer_is_said)),
            client_id: self.client_id.or(others.client_id),
            key_file: self.key_file.or(others.key_file.filter(|_| !key_is_said)),
            key: self.key.or(others.key.filter(|_| !key_is_said)),
            jwk: self.jwk.or(others.jwk.filter(|_| !key_is_said)),
            key_password: self.key_password.or(others.key_password),
            key_alias: self.key_alias.or(others.key_alias),
            scope: self.scope.or(others.scope),
            resource: self.resource.or(others.resource),
            org_parent: self.org_parent.or(others.org_parent),
            org_child: self.org_child.or(others.org_child),
            self_service_url: self.self_service_url.or(others.self_service_url),
            ca_file: self.ca_file.or(others.ca_file),
            insecure_http: self.insecure_http.or(others.insecure_http),
            api: self.api.or(others.api),
            account: BTreeMap::new(),
        }
    }

    fn from_nhn(text: &str, file: &Path) -> Result<Self, Error> {
        let read = NhnConfiguration::read(text.trim()).map_err(|why| {
            let what = format!("{} cannot be used", file.display());
            Error::configuration(what, why, "download the file anew from HelseID's self-service")
        })?;
        Ok(Self {
            issuer: Some(read.issuer().to_owned()),
            client_id: Some(read.client_id().to_owned()),
            scope: Some(Scopes::List(read.scopes().to_vec())),
            // Read again from there, so that a new key in it is seen.
            key_file: Some(file.to_owned()),
            ..Self::default()
        })
    }

    fn account(mut self, name: Option<&str>, file: &Path) -> Result<Self, Error> {
        let Some(name) = name else { return Ok(self) };
        let named = self.account.remove(name).ok_or_else(|| {
            let known: Vec<_> = self.account.keys().map(String::as_str).collect();
            let why = match known.as_slice() {
                [] => "it has no section [account.NAME]".to_owned(),
                known => format!("its accounts are {}", known.join(", ")),
            };
            let what = format!("{} has no account {name:?}", file.display());
            Error::configuration(what, why, "name one of them with --account, or add the section")
        })?;
        Ok(named.or(self))
    }

    fn beside(mut self, folder: &Path) -> Self {
        for path in [&mut self.key_file, &mut self.ca_file].into_iter().flatten() {
            *path = folder.join(&path);
        }
        self
    }
}
