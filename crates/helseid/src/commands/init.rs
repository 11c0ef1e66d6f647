//! `init`.

use helseid_protocol::endpoint::admin::ClientRegistration;
use serde_json::Value;

use super::{client, key};
use crate::admin::Admin;
use crate::args::InitFlags;
use crate::failure::Failure;
use crate::files::Existing;
use crate::output;

pub(crate) async fn run(flags: InitFlags) -> Result<(), Failure> {
    let admin = Admin::find(flags.registry.authority.as_deref(), flags.registry.data_dir.as_deref())?;
    std::fs::create_dir_all(&flags.dir).map_err(|why| {
        Failure::new(format_args!("{} cannot be made", flags.dir.display()), why, "check the folder")
    })?;
    let existing = if flags.force { Existing::Replace } else { Existing::Keep };
    let configuration = flags.dir.join("helseid.toml");
    if existing == Existing::Keep && configuration.exists() {
        let what = format!("{} is there already", configuration.display());
        return Err(Failure::new(what, "it is not overwritten", "give another folder, or --force"));
    }
    let pair = key::new_key(flags.alg, 4096, "thumbprint")?;
    let registration = ClientRegistration::new(
        flags.name,
        client::scopes(&flags.scope)?,
        vec![Value::Object(pair.public().members().clone())],
    );
    let private = key::write_pair(&flags.dir.join("m2m"), &pair, false, flags.force)?;
    let registered = client::send(&admin, &registration).await?;
    client::write_configuration(&configuration, &admin, &registered, &private, existing)?;
    output::tell(&format!("registered {} at {}", registered.client_id, admin.issuer()));
    output::tell("next: helseid sample-api in another terminal, then helseid call");
    output::line(registered.client_id.as_str())
}
