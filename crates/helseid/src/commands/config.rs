//! `config`.

use std::path::Path;

use helseid_client::{Config, KeyLocation};
use serde_json::json;

use crate::args::{ClientFlags, ConfigCommand, Format, Global};
use crate::failure::Failure;
use crate::settings::{self, InForce, Layers};
use crate::{files, output};

pub(crate) fn run(command: &ConfigCommand, global: &Global) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show(flags) => show(flags, global),
        ConfigCommand::Check(flags) => check(flags, global),
    }
}

fn show(flags: &ClientFlags, global: &Global) -> Result<(), Failure> {
    let layers = Layers::read(global, flags)?;
    let (in_force, accounts) = (layers.in_force(), layers.file().map(accounts).unwrap_or_default());
    if global.format == Format::Json {
        let settings: Vec<_> = in_force
            .iter()
            .map(|InForce { name, value, from }| json!({"name": name, "value": value, "from": from}))
            .collect();
        return output::json(&json!({ "settings": settings, "accounts": accounts }));
    }
    let rows = in_force.into_iter().map(|InForce { name, value, from }| [name.to_owned(), value, from]);
    output::rows(["setting", "value", "from"], rows.collect())?;
    match accounts.as_slice() {
        [] => Ok(()),
        names => output::line(&format!("accounts  {}", names.join(" "))),
    }
}

/// The names under `[account]`; a file in another format has none.
fn accounts(file: &Path) -> Vec<String> {
    let text = files::read_text(file).unwrap_or_default();
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    let accounts = table.get("account").and_then(toml::Value::as_table);
    accounts.map(|accounts| accounts.keys().cloned().collect()).unwrap_or_default()
}

fn check(flags: &ClientFlags, global: &Global) -> Result<(), Failure> {
    let config = settings::config(global, flags)?;
    let key = key(&config)?;
    settings::outbound_of(config.ca_file.clone(), config.insecure_http.clone())?;
    let (client, issuer) = (&config.client_id, &config.issuer);
    match global.format {
        Format::Json => output::json(&json!({ "client_id": client, "issuer": issuer, "key": key })),
        Format::Text => {
            output::line(&format!("the configuration is valid: client {client} at {issuer}, {key}"))
        }
    }
}

/// The key in a few words, once it was seen that it can be used.
fn key(config: &Config) -> Result<String, Failure> {
    let from = match &config.key {
        KeyLocation::External => {
            return Ok("key of a program's own signer, which is not checked".to_owned());
        }
        KeyLocation::File(file) => file.display().to_string(),
        KeyLocation::Text(_) => "the environment".to_owned(),
    };
    Ok(format!("{} key from {from}", config.signing_key()?.algorithm()))
}
