//! `authority sign-in`, `authority rotate-keys`, `authority backup` and the rest that is done to an authority.

use std::ffi::OsString;
use std::time::Duration;

use helseid_admin_api::{Rotation, SigningKeyEntry, operation};
use helseid_authority::{Authority, Config, SharedSecret, StoreError};
use helseid_protocol::random::SystemRandom;
use serde_json::json;

use crate::admin::Admin;
use crate::args::{Arguments, AuthorityConfig, Command, Format, Global, Maintenance};
use crate::commands::key::rsa_size;
use crate::data_dir;
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::output;

pub(crate) async fn run(command: Maintenance, global: &Global) -> Result<(), Failure> {
    match command {
        Maintenance::SignIn { registry } => {
            let admin = Admin::of(&registry, global)?;
            let link = admin.call(&operation::MAKE_SIGN_IN_LINK, &[], &()).await?;
            match global.format {
                Format::Json => output::json(&link),
                Format::Text => output::line(&link.url),
            }
        }
        Maintenance::RotateKeys { lead, alg, rsa_bits, registry } => {
            let (authority, folder) = (registry.authority.as_deref(), registry.data_dir.as_deref());
            let stopped = || async {
                let size = rsa_size(rsa_bits, "--rsa-bits 3072")?;
                let config = Config::in_folder(data_dir::find(folder)?).rsa_size(size);
                let config = match alg {
                    Some(algorithm) => config.algorithm(algorithm),
                    None => config,
                };
                let lead = Duration::from_secs(lead.into());
                Authority::rotate_keys(config, lead).await.map_err(failure)
            };
            let keys = match Admin::of(&registry, global) {
                Ok(admin) if authority.is_some() || admin.answers().await => {
                    let rotation = Rotation { lead_seconds: lead };
                    admin.call(&operation::ROTATE_KEYS, &[], &rotation).await?
                }
                Err(failure) if authority.is_some() => return Err(failure),
                _ => stopped().await?,
            };
            show(&keys, global.format)
        }
        Maintenance::Config(AuthorityConfig::Check { flags }) => check(flags, global.format).await,
        Maintenance::MakeSecret { file } => {
            let secret = SharedSecret::generate(&SystemRandom) + "\n";
            files::write(&file, secret.as_bytes(), Readers::Owner, Existing::Keep)?;
            let words = format!("wrote {}; give it to all replicas, and to no one else", file.display());
            output::done(global.format, &json!({ "wrote": file }), &words)
        }
        Maintenance::Backup { file, data_dir: folder } => {
            let folder = data_dir::find(folder.as_deref())?;
            Authority::backup(&folder, &file).await.map_err(failure)?;
            let words = format!("wrote {}; it holds the signing keys", file.display());
            output::done(global.format, &json!({ "wrote": file }), &words)
        }
    }
}

fn show(keys: &[SigningKeyEntry], format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return output::json(&keys);
    }
    keys.iter().try_for_each(|key| {
        let until = key.retires.map(|at| format!(", published until {}", at.rfc3339())).unwrap_or_default();
        output::line(&format!(
            "{}  {}  {}, from {}{until}",
            key.kid,
            key.alg,
            key.state,
            key.active_from.rfc3339()
        ))
    })
}

fn failure(error: StoreError) -> Failure {
    let next = match &error {
        StoreError::Locked(_) => "name the authority that runs with --authority, or stop it",
        StoreError::File(file) if let Some(fix) = file.fix() => fix,
        _ => "check --data-dir and the file's name",
    };
    Failure::new("the operation failed", &error, next)
}

/// Reads the flags as `authority` does, and holds them against what a start would.
async fn check(given: Vec<OsString>, format: Format) -> Result<(), Failure> {
    let words = ["helseid", "authority"].map(OsString::from).into_iter().chain(given);
    // Wrong flags end the program, with the message that a start would give.
    let Command::Authority(flags) = Arguments::read(words).command else {
        return Err(Failure::usage(
            "these are not flags of an authority",
            "a command is among them",
            "leave it out",
        ));
    };
    let config = super::authority_config::config(&flags)?;
    config.check().map_err(super::authority_config::failure)?;
    let entries = match &flags.seed {
        None => None,
        // Held against an empty registry: the one of the folder may be in use.
        Some(file) => {
            let config = Config::in_memory().profile(flags.profile);
            Some(Authority::plan_seed(config, crate::seed::read(file)?, false).await?.len())
        }
    };
    let folder = if flags.in_memory { None } else { Some(data_dir::find(flags.data_dir.as_deref())?) };
    if let Some(folder) = folder.as_ref().filter(|folder| folder.exists() && !folder.is_dir()) {
        let what = format!("{} cannot hold the registry", folder.display());
        return Err(Failure::new(what, "it is not a folder", "name another with --data-dir"));
    }
    if let Some(folder) = folder.as_ref().filter(|folder| folder.is_dir()) {
        helseid_files::own_folder(folder)
            .map_err(|why| super::authority_config::failure(StoreError::from(why).into()))?;
    }
    let scheme = if flags.tls.tls().is_some() { "https" } else { "http" };
    let (issuer, folder) = (
        flags
            .issuer
            .as_ref()
            .map_or_else(|| format!("{scheme}://localhost and its port"), ToString::to_string),
        folder.map_or("memory".to_owned(), |folder| folder.display().to_string()),
    );
    if format == Format::Json {
        return output::json(&json!({ "issuer": issuer, "data": folder, "seed_entries": entries }));
    }
    let seed = entries.map(|entries| format!(", seed entries: {entries}")).unwrap_or_default();
    output::line(&format!("the configuration is valid: issuer {issuer}, data in {folder}{seed}"))
}
