//! The configuration file.

use std::path::Path;

use helseid_protocol::jose::format::{NhnConfiguration, SecretBytes};
use helseid_protocol::text;

use super::parts::{Scopes, Settings};
use crate::error::Error;

impl Settings {
    /// Reads a file in TOML, or a configuration file downloaded from NHN; `account` selects a section of the former. Relative
    /// paths in it start from its folder.
    pub fn read(file: &Path, account: Option<&str>) -> Result<Self, Error> {
        let shown = file.display();
        let unreadable = |why: &dyn std::fmt::Display, next| {
            Error::configuration(format_args!("{shown} cannot be read"), why, next)
        };
        let content = std::fs::read(file).map(SecretBytes::new).map_err(|why| {
            unreadable(&why, "create one with helseid init, or name it with --config or HELSEID_CONFIG")
        })?;
        let text = text::decode(&content).map_err(|why| unreadable(&why, "save it as UTF-8"))?;
        if NhnConfiguration::is_one(text.trim()) {
            return Self::from_nhn(&text, file);
        }
        let settings: Self = toml::from_str(&text).map_err(|why| {
            let line = why
                .span()
                .map_or(1, |span| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count());
            let what = format!("{shown} line {line} is invalid");
            Error::configuration(
                what,
                why.message(),
                "fix that line; docs/guides/client-settings.md lists every setting",
            )
        })?;
        let settings = settings.account(account, file)?;
        Ok(settings.beside(file.parent().unwrap_or(Path::new(""))))
    }

    fn from_nhn(text: &str, file: &Path) -> Result<Self, Error> {
        let read = NhnConfiguration::read(text.trim()).map_err(|why| {
            let what = format!("{} cannot be used", file.display());
            Error::configuration(what, why, "download the file again from HelseID's self-service")
        })?;
        Ok(Self {
            issuer: Some(read.issuer().to_owned()),
            client_id: Some(read.client_id().to_owned()),
            scope: Some(Scopes::List(read.scopes().to_vec())),
            // The key is read from the same file, so that a new key in it is noticed.
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
