//! An API that is called: what its section says, checked.

use std::collections::BTreeMap;
use std::time::Duration;

use helseid_client::Config;
use helseid_protocol::address::Base;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;

use super::accounts::Accounts;
use super::sections::{ApiSection, OnBehalfSetting};
use crate::error::SidecarError;

/// For how long nothing may move in a call, in seconds.
const DEFAULT_IDLE: u64 = 60;

/// How long an answer may go on when its token has expired, in seconds.
const DEFAULT_GRACE: u64 = 600;

/// The most of both.
const A_DAY: u64 = 24 * 3600;

/// An API that is called.
#[derive(Debug)]
pub(crate) struct ApiConfig {
    pub(crate) base: Base,
    pub(crate) account: String,
    /// The client of the account, with the scopes and the audience of this API.
    pub(crate) client: Config,
    pub(crate) organisations: Organisations,
    /// Whether calls are made on behalf of others alone.
    pub(crate) on_behalf_alone: bool,
    /// For how long nothing may move in a call through `/call`.
    pub(crate) idle: Duration,
    /// How long an answer through `/call` may go on when its token has expired.
    pub(crate) grace: Duration,
}

/// Which organisations a caller may name; whoever names none acts for the account's own.
#[derive(Debug)]
pub(crate) enum Organisations {
    /// One of these.
    Listed(Vec<Organisation>),
    /// Any.
    Any,
}

impl Organisations {
    pub(crate) fn allow(&self, organisation: &Organisation) -> bool {
        match self {
            Self::Listed(own) => own.contains(organisation),
            Self::Any => true,
        }
    }
}

/// All sections `[api.NAME]`, checked.
pub(super) fn apis(
    sections: BTreeMap<String, ApiSection>,
    accounts: &Accounts,
) -> Result<BTreeMap<String, ApiConfig>, SidecarError> {
    sections.into_iter().map(|(name, section)| Ok((name.clone(), api(&name, section, accounts)?))).collect()
}

fn api(name: &str, section: ApiSection, accounts: &Accounts) -> Result<ApiConfig, SidecarError> {
    let wrong = |setting: &str, why: &dyn std::fmt::Display| {
        let what = format_args!("{setting} of [api.{name}] is invalid");
        SidecarError::new(what, why, "fix it; docs/guides/sidecar.md lists every setting")
    };
    if !is_name(name) {
        return Err(wrong("the name", &"expected letters, digits, hyphens and underscores, at most 64"));
    }
    let base = Base::parse(&section.url).map_err(|why| wrong("url", &why))?;
    let (account, config) = accounts.named(section.account.as_deref()).ok_or_else(|| {
        let known: Vec<_> = accounts.clients.keys().map(String::as_str).collect();
        wrong("account", &format!("expected one of {}", known.join(", ")))
    })?;
    let mut client = config.clone();
    if let Some(scope) = &section.scope {
        client.scope = ScopeSet::parse(&scope.joined()).map_err(|why| wrong("scope", &why))?;
    }
    if let Some(resource) = &section.resource {
        client.resource = Some(Audience::parse(resource).map_err(|why| wrong("resource", &why))?);
    }
    let idle = section.idle_seconds.unwrap_or(DEFAULT_IDLE);
    let grace = section.grace_seconds.unwrap_or(DEFAULT_GRACE);
    for (setting, seconds, least) in [("idle_seconds", idle, 1), ("grace_seconds", grace, 0)] {
        if !(least..=A_DAY).contains(&seconds) {
            return Err(wrong(setting, &format!("expected {least} to {A_DAY} seconds")));
        }
    }
    let (idle, grace) = (Duration::from_secs(idle), Duration::from_secs(grace));
    let organisations = match section.insecure_any_organisation {
        true => Organisations::Any,
        false => {
            let own = section.organisations.iter().map(|written| {
                organisation(written.parent.as_deref(), written.child.as_deref())
                    .map_err(|why| wrong("organisations", &why))
            });
            Organisations::Listed(own.collect::<Result<_, _>>()?)
        }
    };
    let on_behalf_alone = section.on_behalf == Some(OnBehalfSetting::Required);
    Ok(ApiConfig { base, account: account.to_owned(), client, organisations, on_behalf_alone, idle, grace })
}

/// An organisation by the numbers of parent and child.
pub(crate) fn organisation(parent: Option<&str>, child: Option<&str>) -> Result<Organisation, String> {
    let number = |text: &str| OrganisationNumber::parse(text).map_err(|why| why.to_string());
    let child = child.map(number).transpose()?;
    match (parent.map(number).transpose()?, child) {
        (Some(parent), child) => Ok(Organisation::Parent { parent, child }),
        (None, Some(child)) => Ok(Organisation::Child(child)),
        (None, None) => Err("expected a parent, a child, or both".to_owned()),
    }
}

/// A name in a path.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}
