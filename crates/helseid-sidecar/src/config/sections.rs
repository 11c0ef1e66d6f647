//! The sections of `helseid.toml` that are the sidecar's, as they are written. Unknown names in them are an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use helseid_client::Scopes;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::proxy::ProxyKind;
use super::redis_url::RedisUrl;
use crate::callers::Endpoint;
use crate::error::SidecarError;

/// What of the file is read here. The rest is the client's, who checks it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sections {
    pub(super) sidecar: SidecarSection,
    pub(super) api: ApiSections,
    pub(super) account: BTreeMap<String, IgnoredAny>,
    pub(super) protect: BTreeMap<String, ProtectSection>,
}

/// `[sidecar]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SidecarSection {
    pub(super) listen: Option<SocketAddr>,
    pub(super) socket: Option<PathBuf>,
    pub(super) socket_mode: Option<String>,
    pub(super) probe_listen: Option<SocketAddr>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) shared_key_file: Option<PathBuf>,
    pub(super) insecure_no_key: bool,
    pub(super) insecure_any_organisation: bool,
    pub(super) insecure_any_user_token: bool,
    pub(super) insecure_bearer_accounts: BTreeSet<String>,
    pub(super) key_expiry_accounts: BTreeSet<String>,
    pub(super) key_rotation_accounts: BTreeSet<String>,
    pub(super) key_rotation_days: Option<u64>,
    pub(super) hosts: Vec<String>,
    pub(super) caller: BTreeMap<String, CallerSection>,
}

/// `[sidecar.caller.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a section [sidecar.caller.NAME]")]
pub(super) struct CallerSection {
    pub(super) shared_key_file: Option<PathBuf>,
    pub(super) user: Option<u32>,
    pub(super) endpoints: Option<BTreeSet<Endpoint>>,
    pub(super) accounts: Option<BTreeSet<String>>,
    pub(super) apis: Option<BTreeSet<String>>,
    pub(super) protects: Option<BTreeSet<String>>,
}

/// `[api.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a section [api.NAME]")]
pub(super) struct ApiSection {
    pub(super) url: String,
    pub(super) account: Option<String>,
    pub(super) scope: Option<Scopes>,
    pub(super) resource: Option<String>,
    #[serde(default)]
    pub(super) organisations: Vec<OrganisationSection>,
    #[serde(default)]
    pub(super) insecure_any_organisation: bool,
    pub(super) on_behalf: Option<OnBehalfSetting>,
    pub(super) idle_seconds: Option<u64>,
    pub(super) grace_seconds: Option<u64>,
}

/// Whether calls are made on behalf of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnBehalfSetting {
    /// By those alone that name somebody's token.
    Required,
    /// By those that name one, and in the client's own name by those that name none.
    Optional,
}

/// `[protect.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a section [protect.NAME]")]
pub(super) struct ProtectSection {
    pub(super) public_url: String,
    pub(super) audience: String,
    pub(super) scopes: Vec<String>,
    pub(super) issuer: Option<String>,
    pub(super) scheme: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) redis: Option<RedisUrl>,
    pub(super) proxy: Option<ProxyKind>,
    pub(super) peers: Option<Vec<String>>,
    #[serde(default)]
    pub(super) pass_proof: bool,
}

/// An organisation that the client may act for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationSection {
    pub(super) parent: Option<String>,
    pub(super) child: Option<String>,
}

/// The sections below `[api]`; its `url` is the command line's.
#[derive(Debug, Default)]
pub(super) struct ApiSections(pub(super) BTreeMap<String, ApiSection>);

impl<'de> Deserialize<'de> for ApiSections {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Below;
        impl<'de> Visitor<'de> for Below {
            type Value = ApiSections;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the section [api]")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<ApiSections, M::Error> {
                let mut sections = BTreeMap::new();
                while let Some(name) = members.next_key::<String>()? {
                    if name == "url" {
                        members.next_value::<IgnoredAny>()?;
                    } else {
                        sections.insert(name, members.next_value()?);
                    }
                }
                Ok(ApiSections(sections))
            }
        }
        from.deserialize_map(Below)
    }
}

impl Sections {
    /// Reads them from `file`; relative paths in them start from its folder.
    pub(super) fn read(file: &Path) -> Result<Self, SidecarError> {
        let shown = file.display();
        let text = std::fs::read_to_string(file).map_err(|why| {
            let next = "create one with helseid init, or name it with --config or HELSEID_CONFIG";
            SidecarError::new(format_args!("{shown} cannot be read"), why, next)
        })?;
        // What HelseID's self-service gives is JSON: a client alone.
        if text.trim_start().starts_with('{') {
            return Ok(Self::default());
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let sections: Self = toml::from_str(text).map_err(|why| {
            let before = why.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            let next = "fix that line; docs/guides/sidecar.md lists every setting";
            SidecarError::new(format_args!("{shown} line {line} is invalid"), why.message(), next)
        })?;
        Ok(sections.beside(file.parent().unwrap_or(Path::new(""))))
    }

    fn beside(mut self, folder: &Path) -> Self {
        let sidecar = &mut self.sidecar;
        let keys = sidecar.caller.values_mut().map(|caller| &mut caller.shared_key_file);
        let own =
            [&mut sidecar.socket, &mut sidecar.shared_key_file, &mut sidecar.tls_cert, &mut sidecar.tls_key];
        for path in keys.chain(own).flatten() {
            *path = folder.join(&path);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Sections;

    /// A name between the brackets is easily forgotten.
    #[test]
    fn a_setting_in_the_place_of_a_section_is_told_by_the_sections_name() {
        for (text, expected) in [
            ("[protect]\naudience = \"nhn:mine\"", "expected a section [protect.NAME]"),
            ("[api]\nscope = \"nhn:mine/read\"", "expected a section [api.NAME]"),
            ("[sidecar.caller]\nuser = 1000", "expected a section [sidecar.caller.NAME]"),
        ] {
            let refused = toml::from_str::<Sections>(text).expect_err(text);
            assert!(refused.message().ends_with(&format!(", {expected}")), "{refused}");
        }
    }
}
