//! The seed file of the authority: clients, APIs and organisations that are there from the start.

mod written;

use std::path::Path;

use helseid_admin_api::ClientRegistration;
use helseid_authority::{NotRegistered, Seed};
use serde_json::Value;

use crate::failure::Failure;
use crate::key_files;
use written::{SeedClient, SeedKey};

/// Reads a file in TOML; key files in it are beside it.
pub(crate) fn read(file: &Path) -> Result<Seed, Failure> {
    let text = crate::files::read_text(file)?;
    let wrong = |why: &dyn std::fmt::Display| {
        let next = "correct the file; the guide to continuous integration shows one";
        Failure::new(format_args!("{} is not a valid seed file", file.display()), why, next)
    };
    let written = written::parse(&text).map_err(|why| wrong(&why.to_string().trim_end()))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let clients = written.client.into_iter().map(|client| registration(client, folder));
    Ok(Seed {
        apis: written.api,
        organisations: written.organisation,
        delegations: written.delegation,
        clients: clients.collect::<Result<_, _>>()?,
    })
}

impl From<NotRegistered> for Failure {
    fn from(error: NotRegistered) -> Self {
        Self::new(error.title, error.detail, error.next)
    }
}

/// A client with the keys that its entry names or holds.
fn registration(mut client: SeedClient, folder: &Path) -> Result<ClientRegistration, Failure> {
    let jwk = |key: SeedKey| match key {
        SeedKey::File(name) => Ok(Value::Object(key_files::public(&folder.join(name))?.members().clone())),
        SeedKey::Jwk(members) => Ok(Value::Object(members)),
    };
    let keys = std::mem::take(&mut client.keys);
    Ok(client.registration(keys.into_iter().map(jwk).collect::<Result<_, Failure>>()?))
}
