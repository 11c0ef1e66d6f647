//! `authority rotate-keys` and `authority backup`.

use std::time::Duration;

use helseid_authority::{Authority, Config, StoreError};
use helseid_protocol::endpoint::admin::{Rotation, SIGNING_KEYS_PATH, SigningKeyEntry};
use http::Method;

use crate::admin::Admin;
use crate::args::{Format, Global, Maintenance};
use crate::data_dir;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn run(command: Maintenance, global: &Global) -> Result<(), Failure> {
    match command {
        Maintenance::RotateKeys { lead, alg, registry } => {
            let (authority, folder) = (registry.authority.as_deref(), registry.data_dir.as_deref());
            let stopped = || async {
                let config = Config::in_folder(data_dir::find(folder)?).algorithm(alg);
                let lead = Duration::from_secs(lead.into());
                Authority::rotate_keys(config, lead).await.map_err(failure)
            };
            let keys = match Admin::find(authority, folder) {
                Ok(admin) if authority.is_some() || admin.answers().await => {
                    let rotation = Rotation { lead_seconds: lead };
                    admin.send(Method::POST, SIGNING_KEYS_PATH, Some(&rotation)).await?
                }
                Err(failure) if authority.is_some() => return Err(failure),
                _ => stopped().await?,
            };
            show(&keys, global.format)
        }
        Maintenance::Backup { file, data_dir: folder } => {
            let folder = data_dir::find(folder.as_deref())?;
            Authority::backup(&folder, &file).await.map_err(failure)?;
            output::tell(&format!("wrote {}; it holds the signing keys", file.display()));
            Ok(())
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
        _ => "check --data-dir and the file's name",
    };
    Failure::new("it was not done", error, next)
}
