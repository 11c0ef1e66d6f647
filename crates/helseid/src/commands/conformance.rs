//! `conformance`: runs a client against an issuer that notes what it does, and reports each rule.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use helseid_admin_api::{
    AdminFile, ApiResource, ClaimNames, ClientRegistration, ConformanceReport, NewConformance, operation,
};
use helseid_authority::{Authority, Config, Running};
use helseid_http::Outbound;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::Audience;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::scope::{InvalidScope, ScopeSet};
use serde_json::Value;

use super::key;
use super::login_settings::Logins;
use crate::admin::Admin;
use crate::args::{ConformanceFlags, Format, Global, LoginFlags};
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::{key_files, output, settings};

/// What the client asks for unless it is told otherwise.
const SAMPLE_SCOPE: &str = "norsk-helsenett:python-sample-api/read";

/// How long a client may take to end after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(5);

/// Of a new key.
const RSA_BITS: u16 = 3072;

pub(crate) async fn run(flags: ConformanceFlags, global: &Global) -> Result<ExitCode, Failure> {
    let report = match &flags.authority {
        Some(_) => at_authority(&flags, global).await?,
        None => beside(&flags).await?,
    };
    match global.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::data(report.to_string().as_bytes())?,
    }
    Ok(if report.is_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// With the clients of an authority that runs.
async fn at_authority(flags: &ConformanceFlags, global: &Global) -> Result<ConformanceReport, Failure> {
    if flags.login != LoginFlags::default() {
        let what = "flags of a client's logins do not go with --authority";
        let next = "set them there, with helseid client update, or leave out --authority";
        return Err(Failure::usage(what, "its clients are registered already", next));
    }
    let admin = Admin::find(
        flags.authority.as_deref(),
        flags.data_dir.as_deref(),
        settings::outbound(global)?.into(),
    )?;
    let wanted = asked(flags);
    let opened = admin.call(&operation::OPEN_CONFORMANCE, &[], &wanted).await?;
    client(flags, &opened, &told(flags)).await?;
    let report = admin.call(&operation::SHOW_CONFORMANCE, &[&opened.session], &()).await?;
    admin.call(&operation::END_CONFORMANCE, &[&opened.session], &()).await?;
    Ok(report)
}

/// What the program of a client that is registered elsewhere needs to know, as far as it was given.
fn told(flags: &ConformanceFlags) -> Vec<(&'static str, String)> {
    let scopes: Vec<_> = flags.scope.iter().map(ToString::to_string).collect();
    let all = [
        ("HELSEID_CLIENT_ID", flags.client_id.as_ref().map(ToString::to_string)),
        ("HELSEID_CLIENT_JWK_FILE", flags.key.as_ref().map(|file| file.display().to_string())),
        ("HELSEID_SCOPE", Some(scopes.join(" ")).filter(|scopes| !scopes.is_empty())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The session to open.
fn asked(flags: &ConformanceFlags) -> NewConformance {
    NewConformance { profile: Some(flags.profile), api: flags.api.api() }
}

fn wrong_scope(why: InvalidScope) -> Failure {
    Failure::usage("a scope is wrong", why, "correct --scope")
}

/// Gives each scope of an unknown API an API of that name: the authority is this command's alone.
async fn add_apis(running: &Running, scopes: &ScopeSet) -> Result<(), Failure> {
    let file = AdminFile {
        issuer: running.issuer().clone(),
        token: running.admin_token().to_owned(),
        address: running.admin_address().cloned(),
        ca_file: None,
        local: None,
    };
    let admin = Admin::new(file, Outbound::builder().build()?.into())?;
    let known = admin.call(&operation::LIST_APIS, &[], &()).await?;
    let mut apis: Vec<_> = known.into_iter().map(|listed| listed.entry).collect();
    for scope in scopes.iter() {
        if apis.iter().any(|api| api.scopes.contains(scope)) {
            continue;
        }
        if scope.is_identity() {
            continue;
        }
        let name = scope.audience().unwrap_or(scope.as_str());
        let audience = Audience::parse(name).map_err(|why| {
            Failure::usage(format_args!("{scope} is not a scope of an API"), why, "correct --scope")
        })?;
        let place = apis.iter().position(|api| api.audience == audience);
        let mut api = place.map(|place| apis.swap_remove(place)).unwrap_or_else(|| ApiResource {
            audience,
            scopes: ScopeSet::none(),
            claims: ClaimNames::default(),
            approval: false,
        });
        api.scopes = ScopeSet::of(api.scopes.iter().cloned().chain([scope.clone()])).map_err(wrong_scope)?;
        running.add_api(api.clone()).await?;
        apis.push(api);
    }
    Ok(())
}

/// With an authority of its own, in memory, and one client.
async fn beside(flags: &ConformanceFlags) -> Result<ConformanceReport, Failure> {
    let failed =
        |why: &dyn std::fmt::Display| Failure::new("the conformance test cannot start", why, "try again");
    let config = Config::in_memory().listen([(Ipv4Addr::LOCALHOST, 0).into()]).algorithm(Algorithm::ES256);
    let running = Authority::start(config).await.map_err(|why| failed(&why))?;
    let folder = tempfile::tempdir().map_err(|why| failed(&why))?;
    let environment = registered(flags, &running, folder.path().join("client_private.json")).await?;
    let opened = running.open_conformance_as(asked(flags)).await;
    let opened = opened.map_err(|why| Failure::new(why.title, why.detail, why.next))?;
    client(flags, &opened, &environment).await?;
    let report =
        running.conformance(&opened.session).ok_or_else(|| failed(&"the session no longer exists"))?;
    running.shut_down().await;
    Ok(report)
}

/// Registers the client; tells what its program needs to know.
async fn registered(
    flags: &ConformanceFlags,
    running: &Running,
    file: PathBuf,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let (public, file) = match &flags.key {
        Some(given) => (key_files::public(given)?, given.clone()),
        None => {
            let made = key::new_key(flags.alg, RSA_BITS, "thumbprint")?;
            files::write(&file, made.to_json().expose().as_bytes(), Readers::Owner, Existing::Keep)?;
            (made.public().clone(), file)
        }
    };
    let logins = logins(flags)?;
    let logs_in = logins.grant_types.contains(GrantType::AuthorizationCode);
    let scopes = match flags.scope.as_slice() {
        [] if logs_in => ScopeSet::parse(&format!("openid profile offline_access {SAMPLE_SCOPE}")),
        [] => ScopeSet::parse(SAMPLE_SCOPE),
        asked => ScopeSet::of(asked.iter().cloned()),
    };
    let scopes = scopes.map_err(wrong_scope)?;
    if let Some(scope) = scopes.iter().find(|scope| scope.is_identity() && !logs_in) {
        let what = format_args!("{scope} is not a scope of an API");
        let why = "it asks for a person's identity, which needs a login";
        return Err(Failure::usage(what, why, "correct --scope, or name the client's --redirect-uri"));
    }
    add_apis(running, &scopes).await?;
    let jwk = Value::Object(public.members().clone());
    let redirect_uri = logins.login.redirect_uris.first().map(ToString::to_string);
    let registration = ClientRegistration {
        client_id: flags.client_id.clone(),
        grant_types: logins.grant_types,
        login: logins.login,
        own_audiences: logins.own_audiences,
        may_be_exchanged_by: logins.may_be_exchanged_by,
        ..ClientRegistration::new("conformance", scopes.clone(), vec![jwk])
    };
    let client = running.register(registration).await?;
    let told = [
        ("HELSEID_CLIENT_ID", Some(client.client_id.to_string())),
        ("HELSEID_CLIENT_JWK_FILE", Some(file.display().to_string())),
        ("HELSEID_SCOPE", Some(scopes.to_string())),
        ("HELSEID_REDIRECT_URI", redirect_uri),
    ];
    Ok(told.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// How the client logs people in: as the flags say; one with an address to send a browser back to has the grants of a login.
fn logins(flags: &ConformanceFlags) -> Result<Logins, Failure> {
    let mut logins = Logins::default().with(flags.login.clone())?;
    if flags.login.grant.is_empty() && !logins.login.redirect_uris.is_empty() {
        use GrantType::{AuthorizationCode, ClientCredentials, RefreshToken};
        logins.grant_types = [ClientCredentials, AuthorizationCode, RefreshToken].into_iter().collect();
    }
    Ok(logins)
}

/// Runs the client to its end, or to Ctrl-C. How it ends is its own affair: the report says what it did. What it writes goes to
/// stderr, so that the report stands alone on stdout.
async fn client(
    flags: &ConformanceFlags,
    opened: &ConformanceReport,
    environment: &[(&'static str, String)],
) -> Result<(), Failure> {
    let Some((program, arguments)) = flags.command.split_first() else { return Ok(()) };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).env("HELSEID_ISSUER", opened.issuer.as_str());
    command.env("HELSEID_CONFORMANCE_API", opened.issuer.at("/api"));
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdout(std::io::stderr()).kill_on_drop(true);
    let cannot = |why: std::io::Error| {
        let what = format!("{} cannot be run", program.to_string_lossy());
        Failure::new(what, why, "check the command after --")
    };
    let mut child = command.spawn().map_err(cannot)?;
    let status = tokio::select! {
        status = child.wait() => status.map_err(cannot)?,
        // The terminal sends it to the client, too.
        _ = tokio::signal::ctrl_c() => match tokio::time::timeout(PATIENCE, child.wait()).await {
            Ok(status) => status.map_err(cannot)?,
            // It is ended with this handle.
            Err(_) => return Ok(()),
        },
    };
    if !status.success() {
        output::tell(&format!("the client exited with {status}"));
    }
    Ok(())
}
