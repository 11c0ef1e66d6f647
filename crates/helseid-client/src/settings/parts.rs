//! The settings, and which source takes precedence.

use std::collections::BTreeMap;
use std::path::PathBuf;

use helseid_protocol::jose::format::Password;
use helseid_protocol::secret::PrivateKeyText;
use serde::Deserialize;

use super::sections::{ApiSettings, OtherSection};
use crate::environment::Environment;

/// A part of a configuration. Unknown names in a file are an error.
///
/// ```
/// use helseid_client::{Environment, Settings};
///
/// // A program's own flags go before what the environment says.
/// let flags = Settings { client_id: Some("my-client".to_owned()), ..Settings::default() };
/// let variables = Settings::from_environment(|name| match name {
///     "HELSEID_CLIENT_ID" => Some("another".to_owned()),
///     "HELSEID_CLIENT_JWK_FILE" => Some("key.json".to_owned()),
///     _ => None,
/// });
/// let settings = Settings { environment: Some(Environment::Test), ..flags.or(variables) };
/// assert_eq!(settings.finish()?.client_id.as_str(), "my-client");
/// # Ok::<(), helseid_client::Error>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the issuer.
    pub issuer: Option<String>,
    /// The name of a known issuer, in place of `issuer`.
    pub environment: Option<Environment>,
    /// The client id.
    pub client_id: Option<String>,
    /// The file with the private key; relative to the folder of the configuration file.
    pub key_file: Option<PathBuf>,
    /// Says that the private key is outside this process, in place of `key_file`.
    pub key: Option<KeyPlace>,
    /// The private key itself, as a JWK; only from the environment, never from a file or flag.
    #[serde(skip)]
    pub jwk: Option<PrivateKeyText>,
    /// The password of an encrypted key file; only from the environment.
    #[serde(skip)]
    pub key_password: Option<Password>,
    /// Which key to use of a file that holds several: its alias in PKCS#12, its `kid` in a JWK Set.
    pub key_alias: Option<String>,
    /// The scopes to request.
    pub scope: Option<Scopes>,
    /// The only API that tokens are for (RFC 8707).
    pub resource: Option<String>,
    /// The organisation that a multi-tenant client acts for.
    pub org_parent: Option<String>,
    /// The unit that the client acts for.
    pub org_child: Option<String>,
    /// The address of the self-service API, where it differs from HelseID's.
    pub self_service_url: Option<String>,
    /// A file with certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Hosts that may be called over http, each as `NAME` or `NAME:PORT`.
    pub insecure_http: Option<Vec<String>>,
    /// The API to call.
    pub api: Option<ApiSettings>,
    /// More clients, by name; each section holds what differs from the rest of the file.
    #[serde(default)]
    pub account: BTreeMap<String, Settings>,
    /// The section `[sidecar]`, which the sidecar reads.
    #[serde(default)]
    pub sidecar: OtherSection,
    /// The sections `[protect.NAME]`, which the sidecar reads.
    #[serde(default)]
    pub protect: OtherSection,
}

/// The value of `key`. A text other than `external` is not kept: it may be a key, which does not belong there.
///
/// ```
/// use helseid_client::{KeyPlace, Settings};
///
/// let file: Settings = toml::from_str(r#"key = "external""#)?;
/// assert_eq!(file.key, Some(KeyPlace::External));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum KeyPlace {
    /// Outside this process: see [`ClientBuilder::signer`](crate::ClientBuilder::signer).
    External,
    /// Another text; [`Settings::finish`] refuses it.
    Unknown,
}

impl From<String> for KeyPlace {
    fn from(text: String) -> Self {
        if text == "external" { Self::External } else { Self::Unknown }
    }
}

/// Scopes as an array, or as one text separated by spaces.
///
/// ```
/// use helseid_client::Settings;
///
/// let array: Settings = toml::from_str(r#"scope = ["nhn:my-api/read", "nhn:my-api/write"]"#)?;
/// let text: Settings = toml::from_str(r#"scope = "nhn:my-api/read nhn:my-api/write""#)?;
/// assert_eq!(array.scope.map(|scope| scope.joined()), text.scope.map(|scope| scope.joined()));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Scopes {
    /// One text.
    Text(String),
    /// An array.
    List(Vec<String>),
}

impl Scopes {
    /// The scopes as one text, separated by spaces.
    #[must_use]
    pub fn joined(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => list.join(" "),
        }
    }
}

impl Settings {
    /// These settings, completed with those of `others`.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        // Two settings name the issuer, and three the key: one that is set here replaces all of them.
        let issuer_is_set = self.issuer.is_some() || self.environment.is_some();
        let key_is_set = self.key.is_some() || self.jwk.is_some() || self.key_file.is_some();
        Self {
            issuer: self.issuer.or(others.issuer.filter(|_| !issuer_is_set)),
            environment: self.environment.or(others.environment.filter(|_| !issuer_is_set)),
            client_id: self.client_id.or(others.client_id),
            key_file: self.key_file.or(others.key_file.filter(|_| !key_is_set)),
            key: self.key.or(others.key.filter(|_| !key_is_set)),
            jwk: self.jwk.or(others.jwk.filter(|_| !key_is_set)),
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
            sidecar: OtherSection,
            protect: OtherSection,
        }
    }
}
