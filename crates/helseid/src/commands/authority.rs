//! `authority`.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use helseid_authority::{Authority, CaFiles, Running, SeedStep};
use helseid_files::quoted;
use serde_json::{Value, json};

use super::authority_config::{config, failure};
use super::beside::Beside;
use crate::args::{AuthorityFlags, Format, Global};
use crate::failure::Failure;
use crate::output;
use crate::seed;
use crate::serving::{self, StopSignals};

pub(crate) async fn run(mut flags: AuthorityFlags, global: &Global) -> Result<ExitCode, Failure> {
    if let Some(maintenance) = flags.maintenance.take() {
        super::maintenance::run(maintenance, global).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut signals = StopSignals::catch()?;
    serving::raise_handles();
    let config = config(&flags)?;
    // Before anything starts: a wrong file should not leave a new registry behind.
    let seed = flags.seed.as_deref().map(seed::read).transpose()?;
    if let Some(seed) = seed.clone().filter(|_| flags.dry_run) {
        let steps = Authority::plan_seed(config, seed, flags.prune).await?;
        let shown = |step: &SeedStep| json!({ "action": step.action.name(), "entry": step.entry });
        match global.format {
            Format::Json => output::json(&steps.iter().map(shown).collect::<Vec<_>>())?,
            Format::Text => steps
                .iter()
                .try_for_each(|step| output::line(&format!("{:<7} {}", step.action.name(), step.entry)))?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let config = match seed {
        Some(seed) => config.seed(seed, flags.prune),
        None => config,
    };
    // For an authority in memory the CA has no folder to lie in.
    let place = tempfile::tempdir()
        .map_err(|why| Failure::new("there is no temporary folder", why, "check TMPDIR and its space"))?;
    let started = tokio::select! {
        started = Authority::start(config) => started.map_err(failure),
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let running = started?;
    let ca_files = ca_files(&running, place.path())?;
    if let Some((program, arguments)) = flags.command.split_first() {
        let beside = Beside { running: &running, ca_files, place: place.path(), global };
        let code = beside.run((program, arguments), &mut signals).await;
        running.shut_down().await;
        return code;
    }
    let folder = running.data_dir().map_or(Value::Null, |folder| folder.display().to_string().into());
    if !flags.no_admin {
        lead_to_pages(&running).await;
    }
    let ca_file = ca_files.map(|files| ("ca_file", Value::from(files.ca.display().to_string())));
    let more: Vec<_> = [("data_dir", folder)].into_iter().chain(ca_file).collect();
    serving::announce(running.addresses(), running.issuer().as_str(), &more)?;
    signals.next().await;
    tokio::select! {
        () = running.shut_down() => {}
        // Whoever says it twice does not want to wait.
        _ = signals.next() => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the certificate is that signed the authority's own, if that is one of its making.
fn ca_files(running: &Running, place: &Path) -> Result<Option<CaFiles>, Failure> {
    match (running.ca_pem(), running.ca_files()) {
        (Some(pem), None) => {
            CaFiles::write(&place.join("tls"), pem).map(Some).map_err(|why| failure(why.into()))
        }
        (_, known) => Ok(known),
    }
}

/// Leads people to the admin pages. A link opens them to whoever reads it first: on a terminal that is who started this, in
/// the log of a service all who may read logs.
async fn lead_to_pages(running: &Running) {
    if !std::io::stderr().is_terminal() {
        output::tell(&way_to_a_link(running.data_dir()));
    } else if let Some(link) = running.sign_in_link().await {
        output::tell(&format!("admin pages, once within the next ten minutes: {link}"));
    }
}

/// How a link is made of an authority that runs, by who may read the admin token in its folder.
fn way_to_a_link(folder: Option<&Path>) -> String {
    let Some(folder) = folder else {
        return "admin pages: no sign-in link, since this is no terminal, and an authority in memory has no folder \
                from which helseid authority sign-in could read the admin token; give --data-dir"
            .to_owned();
    };
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    format!("admin pages: print a sign-in link with helseid authority sign-in --data-dir {}", quoted(&folder))
}
