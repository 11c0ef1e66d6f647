//! All of it, from the file on.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use helseid_client::Settings;

use super::accounts::Accounts;
use super::apis::{ApiConfig, apis};
use super::keys::KeysConfig;
use super::listen::{Listen, ListenFlags, callers};
use super::protects::{ProtectConfig, protects};
use super::sections::Sections;
use crate::callers::Callers;
use crate::error::SidecarError;

/// Where a configuration comes from; flags before the environment before the file.
///
/// ```
/// use helseid_sidecar::{Config, ListenFlags, Sources};
///
/// // Nothing but the environment, as in a container.
/// let variables = |name: &str| match name {
///     "HELSEID_ISSUER" => Some("https://helseid-sts.test.nhn.no".to_owned()),
///     "HELSEID_CLIENT_ID" => Some("my-client".to_owned()),
///     "HELSEID_CLIENT_JWK_FILE" => Some("/run/secrets/key.json".to_owned()),
///     _ => None,
/// };
/// let listen = ListenFlags { socket: Some("/run/helseid.sock".into()), ..ListenFlags::default() };
/// let flags = Default::default();
/// let config = Config::read(Sources { file: None, account: None, flags, listen, variable: &variables })?;
/// # drop(config); Ok::<(), helseid_sidecar::SidecarError>(())
/// ```
pub struct Sources<'a> {
    /// `helseid.toml`, or a configuration file downloaded from NHN.
    pub file: Option<&'a Path>,
    /// The section `[account.NAME]` that flags and the environment complete, in place of the file's own settings.
    pub account: Option<&'a str>,
    /// What flags say of the client.
    pub flags: Settings,
    /// What flags say of where to listen.
    pub listen: ListenFlags,
    /// Looks up a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// What a sidecar is told, checked. Holds keys, which do not print.
///
/// ```no_run
/// # fn example(sources: helseid_sidecar::Sources<'_>) -> Result<(), Box<dyn std::error::Error>> {
/// let config = helseid_sidecar::Config::read(sources)?;
/// for name in config.api_names() {
///     println!("/call/{name}/ is for the API {name}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Config {
    pub(crate) listen: Listen,
    pub(crate) probe_listen: Option<SocketAddr>,
    pub(crate) hosts: Vec<String>,
    pub(crate) callers: Callers,
    pub(crate) accounts: Accounts,
    pub(crate) apis: BTreeMap<String, ApiConfig>,
    pub(crate) protects: BTreeMap<String, ProtectConfig>,
    pub(crate) insecure_any_organisation: bool,
    pub(crate) insecure_any_user_token: bool,
    pub(crate) insecure_bearer_accounts: BTreeSet<String>,
    pub(crate) keys: KeysConfig,
}

impl Config {
    /// Reads and checks everything. Nothing is sent.
    ///
    /// # Errors
    /// What is wrong, in three lines.
    pub fn read(sources: Sources<'_>) -> Result<Self, SidecarError> {
        // What of the file is the client's is said first, in the client's words.
        sources.file.map(|file| Settings::read(file, sources.account)).transpose()?;
        let sections = sources.file.map(Sections::read).transpose()?.unwrap_or_default();
        let names: Vec<_> = sections.account.keys().collect();
        let accounts = Accounts::read(&sources, &names, sections.protect.is_empty())?;
        let apis = apis(sections.api.0, &accounts)?;
        let protects = protects(sections.protect, &accounts)?;
        let listen = Listen::read(&sources.listen, &sections.sidecar)?;
        let callers = callers(&listen, &sources.listen, &sections.sidecar)?;
        for known in &callers.known {
            let (accounts, apis) = (accounts.clients.keys().collect(), apis.keys().collect());
            let protects = protects.keys().collect();
            names_are_known(&known.name, "accounts", known.rights.accounts.as_ref(), &accounts)?;
            names_are_known(&known.name, "apis", known.rights.apis.as_ref(), &apis)?;
            names_are_known(&known.name, "protects", known.rights.protects.as_ref(), &protects)?;
        }
        for (setting, names) in [
            ("insecure_bearer_accounts", &sections.sidecar.insecure_bearer_accounts),
            ("key_expiry_accounts", &sections.sidecar.key_expiry_accounts),
            ("key_rotation_accounts", &sections.sidecar.key_rotation_accounts),
        ] {
            if let Some(name) = names.iter().find(|name| !accounts.clients.contains_key(*name)) {
                let why = format!("the file has no account {name:?}");
                let what = format_args!("{setting} of [sidecar] is invalid");
                return Err(SidecarError::new(what, why, "fix the name, or add its section"));
            }
        }
        let keys = KeysConfig::read(&sections.sidecar, &accounts)?;
        Ok(Self {
            listen,
            probe_listen: sources.listen.probe_listen.or(sections.sidecar.probe_listen),
            hosts: sections.sidecar.hosts,
            callers,
            accounts,
            apis,
            protects,
            insecure_any_organisation: sections.sidecar.insecure_any_organisation,
            insecure_any_user_token: sections.sidecar.insecure_any_user_token,
            insecure_bearer_accounts: sections.sidecar.insecure_bearer_accounts,
            keys,
        })
    }

    /// Where it is to listen.
    #[must_use]
    pub const fn listen(&self) -> &Listen {
        &self.listen
    }

    /// Where it is to answer probes, and nothing else: any address, since they tell no more than that it runs.
    #[must_use]
    pub fn probe_listen(&self) -> Option<Listen> {
        self.probe_listen.map(Listen::Tcp)
    }

    /// The names of the APIs that are protected, in order.
    pub fn protected_names(&self) -> impl Iterator<Item = &str> {
        self.protects.keys().map(String::as_str)
    }

    /// The names of the APIs that may be called, in order.
    pub fn api_names(&self) -> impl Iterator<Item = &str> {
        self.apis.keys().map(String::as_str)
    }
}

/// A right to what is not there is a slip of the pen.
fn names_are_known(
    caller: &str,
    setting: &str,
    named: Option<&BTreeSet<String>>,
    known: &BTreeSet<&String>,
) -> Result<(), SidecarError> {
    match named.into_iter().flatten().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let what = format_args!("{setting} of [sidecar.caller.{caller}] is invalid");
            Err(SidecarError::new(
                what,
                format_args!("the file has no {name:?}"),
                "fix the name, or add its section",
            ))
        }
    }
}
