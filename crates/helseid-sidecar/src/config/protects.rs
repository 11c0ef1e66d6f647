//! An API that is protected: what its section says, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use helseid_api::{Profile, Scheme};
use helseid_protocol::address::Base;

use super::accounts::Accounts;
use super::apis::is_name;
use super::proxy::{PeerList, ProxyKind};
use super::redis_url::RedisUrl;
use super::sections::ProtectSection;
use crate::error::SidecarError;

/// An API that is protected.
#[derive(Debug)]
pub(crate) struct ProtectConfig {
    pub(crate) base: Base,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) scheme: Scheme,
    pub(crate) profile: Profile,
    pub(crate) redis: Option<RedisUrl>,
    /// Whether the API behind the proxy is sent the token and its proof, too.
    pub(crate) pass_proof: bool,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) insecure_http: Vec<String>,
    /// The kind of proxy that asks, and where it asks from.
    pub(crate) proxy: Option<(ProxyKind, PeerList)>,
}

/// All sections `[protect.NAME]`, checked.
pub(super) fn protects(
    sections: BTreeMap<String, ProtectSection>,
    accounts: &Accounts,
) -> Result<BTreeMap<String, ProtectConfig>, SidecarError> {
    let checked =
        sections.into_iter().map(|(name, section)| Ok((name.clone(), protect(&name, section, accounts)?)));
    checked.collect()
}

fn protect(name: &str, section: ProtectSection, accounts: &Accounts) -> Result<ProtectConfig, SidecarError> {
    let wrong = |setting: &str, why: &dyn std::fmt::Display| {
        let what = format_args!("{setting} of [protect.{name}] is invalid");
        SidecarError::new(what, why, "fix it; docs/guides/sidecar.md lists every setting")
    };
    if !is_name(name) {
        return Err(wrong("the name", &"expected letters, digits, hyphens and underscores, at most 64"));
    }
    let base = Base::parse(&section.public_url).map_err(|why| wrong("public_url", &why))?;
    let issuer = section.issuer.or_else(|| accounts.issuer.clone());
    let issuer = issuer.ok_or_else(|| wrong("issuer", &"it is missing, and the file names none"))?;
    if section.scopes.is_empty() {
        return Err(wrong("scopes", &"expected at least one scope that callers must have"));
    }
    let scheme = section
        .scheme
        .as_deref()
        .map_or(Ok(Scheme::Dpop), str::parse)
        .map_err(|why| wrong("scheme", &why))?;
    let profile = section.profile.as_deref().map(str::parse).transpose();
    let profile: Option<Profile> = profile.map_err(|why| wrong("profile", &why))?;
    let proxy = match (section.proxy, section.peers) {
        (None, None) => None,
        (Some(kind), Some(peers)) => {
            Some((kind, PeerList::parse(&peers).map_err(|why| wrong("peers", &why))?))
        }
        (Some(_), None) => return Err(wrong("peers", &"it is missing: where does the proxy ask from?")),
        (None, Some(_)) => return Err(wrong("proxy", &"it is missing: nginx, caddy, traefik or envoy")),
    };
    if section.pass_proof && proxy.is_none() {
        return Err(wrong("pass_proof", &"there is no proxy that could hand the proof on"));
    }
    Ok(ProtectConfig {
        base,
        issuer,
        audience: section.audience,
        scopes: section.scopes,
        scheme,
        profile: profile.unwrap_or_default(),
        redis: section.redis,
        pass_proof: section.pass_proof,
        ca_file: accounts.ca_file.clone(),
        insecure_http: accounts.insecure_http.clone(),
        proxy,
    })
}
