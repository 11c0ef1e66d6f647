//! `init`.

use helseid_admin_api::{ClientRegistration, LoginSettings, operation};
use helseid_protocol::grant::GrantType;
use serde_json::{Value, json};

use super::{client, key, login_settings};
use crate::admin::Admin;
use crate::args::{Format, Global, InitFlags};
use crate::failure::Failure;
use crate::files::{self, Existing};
use crate::output;

/// What a web client asks of a person's identity.
const IDENTITY: &str = "openid profile offline_access helseid://scopes/identity/pid helseid://scopes/identity/security_level \
                        helseid://scopes/hpr/hpr_number";

pub(crate) async fn run(flags: InitFlags, global: &Global) -> Result<(), Failure> {
    let admin = Admin::of(&flags.registry, global)?;
    std::fs::create_dir_all(&flags.dir).map_err(|why| {
        Failure::new(format_args!("{} cannot be made", flags.dir.display()), why, "check the folder")
    })?;
    let existing = if flags.force { Existing::Replace } else { Existing::Keep };
    let (configuration, name) =
        (flags.dir.join("helseid.toml"), flags.dir.join(if flags.web { "web" } else { "m2m" }));
    let files = [
        configuration.clone(),
        key::with_ending(&name, "_private.json"),
        key::with_ending(&name, "_public.json"),
    ];
    files.iter().try_for_each(|file| files::require_free(file, existing))?;
    let pair = key::new_key(flags.alg, 4096, "thumbprint")?;
    let registration = registration(&flags, vec![Value::Object(pair.public().members().clone())])?;
    // Nothing is written before the authority has said yes, so that a try that fails leaves nothing in the next one's way.
    let registered = client::send(&admin, &registration).await?;
    let written = key::write_pair(&name, &pair, false, flags.force).and_then(|private| {
        client::write_configuration(&configuration, &admin, &registered, &private, existing)
    });
    if let Err(failure) = written {
        if existing == Existing::Keep {
            // None of them was there before.
            files.iter().for_each(|file| drop(std::fs::remove_file(file)));
        }
        // Its key is nowhere: it could never be used.
        let _ = admin.call(&operation::REMOVE_CLIENT, &[registered.client_id.as_str()], &()).await;
        return Err(failure);
    }
    output::tell(&format!("registered {} at {}", registered.client_id, admin.issuer()));
    output::tell(match flags.web {
        false => "next: helseid sample-api in another terminal, then helseid call",
        true => "next: let your program log people in with this client at http://localhost:3000",
    });
    match global.format {
        Format::Json => output::json(&json!({
            "client_id": registered.client_id, "issuer": admin.issuer(), "configuration": configuration,
        })),
        Format::Text => output::line(registered.client_id.as_str()),
    }
}

/// What a client of each kind is registered with, unless the flags say otherwise.
fn registration(flags: &InitFlags, keys: Vec<Value>) -> Result<ClientRegistration, Failure> {
    let name = flags.name.clone().unwrap_or_else(|| if flags.web { "web-app" } else { "m2m-app" }.to_owned());
    let scopes = match (flags.scope.is_empty(), flags.web) {
        (false, _) => client::scopes(&flags.scope)?,
        (true, false) => client::scopes(&[client::SAMPLE_API.0.to_owned()])?,
        (true, true) => client::scopes(&[client::SAMPLE_API.0, IDENTITY].map(str::to_owned))?,
    };
    let registration = ClientRegistration::new(name, scopes, keys);
    if !flags.web {
        return Ok(registration);
    }
    Ok(ClientRegistration {
        grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect(),
        login: LoginSettings {
            redirect_uris: login_settings::uris(&["http://localhost:3000/callback"]),
            post_logout_redirect_uris: login_settings::uris(&[
                "http://localhost:3000/",
                "http://localhost:3000",
            ]),
            ..LoginSettings::default()
        },
        ..registration
    })
}
