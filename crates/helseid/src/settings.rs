//! The client's configuration: flags before the environment before the file.

use std::path::Path;

use helseid_client::{Client, Config, Scopes, Settings};

use crate::args::{ClientFlags, Global};
use crate::failure::Failure;

/// The whole configuration.
pub(crate) fn config(global: &Global, flags: &ClientFlags) -> Result<Config, Failure> {
    let said = Settings {
        issuer: flags.issuer.clone(),
        client_id: flags.client_id.clone(),
        key_file: flags.key_file.clone(),
        scope: (!flags.scope.is_empty()).then(|| Scopes::List(flags.scope.clone())),
        resource: flags.resource.clone(),
        org_parent: flags.org_parent.clone(),
        org_child: flags.org_child.clone(),
        ..Settings::default()
    };
    let environment = Settings::from_environment(|name| std::env::var(name).ok());
    let file = match &global.config {
        Some(file) => Settings::read(file, global.account.as_deref())?,
        None if Path::new("helseid.toml").exists() || global.account.is_some() => {
            Settings::read(Path::new("helseid.toml"), global.account.as_deref())?
        }
        None => Settings::default(),
    };
    Ok(said.or(environment).or(file).finish()?)
}

/// A client with that configuration.
pub(crate) fn client(global: &Global, flags: &ClientFlags) -> Result<Client, Failure> {
    Ok(Client::new(config(global, flags)?)?)
}
