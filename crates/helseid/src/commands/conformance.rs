//! `conformance`: runs a client against an issuer that notes what it does, and reports each rule.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use helseid_authority::{Authority, Config, Running};
use helseid_protocol::endpoint::admin::{
    CONFORMANCE_PATH, ClientRegistration, ConformanceReport, NewConformance,
};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::scope::ScopeSet;
use http::Method;
use serde_json::Value;

use super::key;
use crate::admin::{Admin, below};
use crate::args::{ConformanceFlags, Format, Global};
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::{output, settings};

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
    let admin = Admin::find(
        flags.authority.as_deref(),
        flags.data_dir.as_deref(),
        settings::outbound(global)?.into(),
    )?;
    let wanted = NewConformance { profile: Some(flags.profile) };
    let opened: ConformanceReport = admin.send(Method::POST, CONFORMANCE_PATH, Some(&wanted)).await?;
    client(flags, &opened, &[]).await?;
    let path = below(CONFORMANCE_PATH, &opened.session);
    let report = admin.send(Method::GET, &path, None::<&Value>).await?;
    let _: Value = admin.send(Method::DELETE, &path, None::<&Value>).await?;
    Ok(report)
}

/// With an authority of its own, in memory, and one client.
async fn beside(flags: &ConformanceFlags) -> Result<ConformanceReport, Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::new("the test does not start", why, "try again");
    let config = Config::in_memory().listen([(Ipv4Addr::LOCALHOST, 0).into()]).algorithm(Algorithm::ES256);
    let running = Authority::start(config).await.map_err(|why| failed(&why))?;
    let folder = tempfile::tempdir().map_err(|why| failed(&why))?;
    let environment = registered(flags, &running, folder.path().join("client_private.json")).await?;
    let opened = running.open_conformance(flags.profile).map_err(|why| failed(&why))?;
    client(flags, &opened, &environment).await?;
    let report = running.conformance(&opened.session).ok_or_else(|| failed(&"the session is gone"))?;
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
        Some(given) => (key::public(given)?, given.clone()),
        None => {
            let made = key::new_key(flags.alg, RSA_BITS, "thumbprint")?;
            files::write(&file, made.to_json().expose().as_bytes(), Readers::Owner, Existing::Keep)?;
            (made.public().clone(), file)
        }
    };
    let scopes = ScopeSet::of(flags.scope.iter().cloned());
    let scopes = scopes.map_err(|why| Failure::usage("a scope is wrong", why, "correct --scope"))?;
    let jwk = Value::Object(public.members().clone());
    let mut registration = ClientRegistration::new("conformance", scopes, vec![jwk]);
    registration.client_id = flags.client_id.clone();
    let client = running.register(registration).await?;
    let scopes: Vec<_> = flags.scope.iter().map(ToString::to_string).collect();
    Ok(vec![
        ("HELSEID_CLIENT_ID", client.client_id.to_string()),
        ("HELSEID_CLIENT_JWK_FILE", file.display().to_string()),
        ("HELSEID_SCOPE", scopes.join(" ")),
    ])
}

/// Runs the client to its end. How it ends is its own affair: the report says what it did. What it writes goes to stderr,
/// so that the report stands alone on stdout.
async fn client(
    flags: &ConformanceFlags,
    opened: &ConformanceReport,
    environment: &[(&'static str, String)],
) -> Result<(), Failure> {
    let Some((program, arguments)) = flags.command.split_first() else { return Ok(()) };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).env("HELSEID_ISSUER", opened.issuer.as_str());
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.stdout(std::io::stderr()).kill_on_drop(true);
    let status = command.status().await.map_err(|why| {
        let what = format!("{} cannot be run", program.to_string_lossy());
        Failure::new(what, why, "check the command behind --")
    })?;
    if !status.success() {
        output::tell(&format!("the client ended with {status}"));
    }
    Ok(())
}
