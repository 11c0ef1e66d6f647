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

/// What a client that logs people in asks of a person's identity.
const IDENTITY: &str = "openid profile offline_access helseid://scopes/identity/pid helseid://scopes/identity/security_level \
                        helseid://scopes/hpr/hpr_number";

pub(crate) async fn run(flags: InitFlags, global: &Global) -> Result<(), Failure> {
    let admin = Admin::of(&flags.registry, global)?;
    std::fs::create_dir_all(&flags.dir).map_err(|why| {
        Failure::new(format_args!("{} cannot be made", flags.dir.display()), why, "check the folder")
    })?;
    let existing = if flags.force { Existing::Replace } else { Existing::Keep };
    let kind = Kind::of(&flags);
    let (configuration, name) = (flags.dir.join("helseid.toml"), flags.dir.join(kind.name()));
    let files = [
        configuration.clone(),
        key::with_ending(&name, "_private.json"),
        key::with_ending(&name, "_public.json"),
    ];
    files.iter().try_for_each(|file| files::require_free(file, existing))?;
    let pair = key::new_key(flags.alg, 4096, "thumbprint")?;
    let registration = registration(&flags, kind, vec![Value::Object(pair.public().members().clone())])?;
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
    output::tell(match kind {
        Kind::Machine => "next: helseid sample-api in another terminal, then helseid call",
        Kind::Web => "next: let your program log people in with this client at http://localhost:3000",
        Kind::Native => "next: helseid login",
    });
    match global.format {
        Format::Json => output::json(&json!({
            "client_id": registered.client_id, "issuer": admin.issuer(), "configuration": configuration,
        })),
        Format::Text => output::line(registered.client_id.as_str()),
    }
}

/// Who gets tokens by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A program, for itself.
    Machine,
    /// People, by a web app.
    Web,
    /// People, at a terminal.
    Native,
}

impl Kind {
    const fn of(flags: &InitFlags) -> Self {
        match (flags.web, flags.native) {
            (true, _) => Self::Web,
            (_, true) => Self::Native,
            _ => Self::Machine,
        }
    }

    /// What its files are called.
    const fn name(self) -> &'static str {
        match self {
            Self::Machine => "m2m",
            Self::Web => "web",
            Self::Native => "native",
        }
    }

    /// Where browsers come back to.
    fn logins(self) -> LoginSettings {
        match self {
            Self::Machine => LoginSettings::default(),
            Self::Web => LoginSettings {
                redirect_uris: login_settings::uris(&["http://localhost:3000/callback"]),
                post_logout_redirect_uris: login_settings::uris(&[
                    "http://localhost:3000/logged-out",
                    "http://localhost:3000/",
                    "http://localhost:3000",
                ]),
                backchannel_logout_uri: "http://localhost:3000/backchannel-logout".parse().ok(),
                ..LoginSettings::default()
            },
            // Without a port: that of the listener is another at each login (RFC 8252 section 7.3).
            Self::Native => LoginSettings {
                redirect_uris: login_settings::uris(&["http://127.0.0.1/callback"]),
                ..LoginSettings::default()
            },
        }
    }
}

/// What a client of each kind is registered with, unless the flags say otherwise.
fn registration(flags: &InitFlags, kind: Kind, keys: Vec<Value>) -> Result<ClientRegistration, Failure> {
    let name = flags.name.clone().unwrap_or_else(|| format!("{}-app", kind.name()));
    let scopes = match (flags.scope.is_empty(), kind) {
        (false, _) => client::scopes(&flags.scope)?,
        (true, Kind::Machine) => client::scopes(&[client::SAMPLE_API.0.to_owned()])?,
        (true, _) => client::scopes(&[client::SAMPLE_API.0, IDENTITY].map(str::to_owned))?,
    };
    let registration = ClientRegistration::new(name, scopes, keys);
    if kind == Kind::Machine {
        return Ok(registration);
    }
    Ok(ClientRegistration {
        grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect(),
        login: kind.logins(),
        ..registration
    })
}
