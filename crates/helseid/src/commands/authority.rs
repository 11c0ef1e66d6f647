//! `authority`.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use helseid_authority::{Authority, Config, Error, Running, Seed, SeedStep, StoreError};
use helseid_files::quoted;
use serde_json::{Value, json};

use crate::args::{AuthorityFlags, Format, Global};
use crate::commands::beside;
use crate::commands::key::rsa_size;
use crate::data_dir;
use crate::failure::Failure;
use crate::output;
use crate::replica;
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
    let started = tokio::select! {
        started = start(config, seed, flags.prune) => started,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let running = started?;
    if let Some((program, arguments)) = flags.command.split_first() {
        let code = beside::run(&running, (program, arguments), global, &mut signals).await;
        running.shut_down().await;
        return code;
    }
    let folder = running.data_dir().map_or(Value::Null, |folder| folder.display().to_string().into());
    if !flags.no_admin {
        lead_to_pages(&running).await;
    }
    serving::announce(running.addresses(), running.issuer().as_str(), &[("data_dir", folder)])?;
    signals.next().await;
    tokio::select! {
        () = running.shut_down() => {}
        // Whoever says it twice does not want to wait.
        _ = signals.next() => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn start(config: Config, seed: Option<Seed>, prune: bool) -> Result<Running, Failure> {
    let running = Authority::start(config).await.map_err(failure)?;
    if let Some(seed) = seed {
        running.apply_seed(seed, prune).await?;
    }
    Ok(running)
}

/// Leads people to the admin pages. A link opens them to whoever reads it first: on a terminal that is who started this, in
/// the log of a service all who may read logs.
async fn lead_to_pages(running: &Running) {
    if !std::io::stderr().is_terminal() {
        output::tell(&way_to_a_link(running.data_dir()));
    } else if let Some(link) = running.sign_in_link().await {
        output::tell(&format!("admin pages, for the next ten minutes and once: {link}"));
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

/// What the authority is told.
pub(super) fn config(flags: &AuthorityFlags) -> Result<Config, Failure> {
    let config = match flags.in_memory {
        true => Config::in_memory(),
        false => Config::in_folder(data_dir::find(flags.data_dir.as_deref())?),
    };
    let config = config.listen(flags.listen.iter().copied()).profile(flags.profile);
    let config = config.rsa_size(rsa_size(flags.rsa_bits, "--rsa-bits 3072")?);
    let config = match flags.alg {
        Some(algorithm) => config.algorithm(algorithm),
        None => config,
    };
    let config = match flags.no_admin {
        true => config.without_admin(),
        false if !flags.admin_listen.is_empty() => config.admin_listen(flags.admin_listen.iter().copied()),
        false => config,
    };
    let config = match &flags.issuer {
        Some(issuer) => config.issuer(issuer.clone()),
        None => config,
    };
    let config = config
        .self_service_key_lifetime(Duration::from_secs(u64::from(flags.self_service_key_days) * 86_400));
    let config = match flags.requests_per_second {
        Some(most) => config.requests_per_second(most),
        None => config,
    };
    let config = match flags.max_connections {
        Some(most) => config.max_connections(most),
        None => config,
    };
    let config = config.trusted_proxies(flags.trusted_proxy.iter().copied());
    let config = if flags.limit_loopback { config.limit_loopback() } else { config };
    let config = match flags.max_store_mb {
        Some(megabytes) => config.max_store_bytes(u64::from(megabytes) * 1_000_000),
        None => config,
    };
    let config = match replica::shared(&flags.replica)? {
        Some(shared) => config.replica(shared),
        None => config,
    };
    Ok(if flags.enable_faults { config.enable_faults() } else { config })
}

/// Why it does not start.
pub(super) fn failure(error: Error) -> Failure {
    let what = "the authority does not start";
    match error {
        Error::IssuerMissing(_) | Error::IssuerOfReplica => {
            Failure::usage(what, error, "give --issuer with the name that others call it by")
        }
        Error::Algorithm(_) => Failure::usage(what, error, "give --alg RS256, PS256 or ES256"),
        Error::AlgorithmOfProfile(..) => {
            Failure::usage(what, error, "leave out --alg, or give PS256, ES256 or EdDSA")
        }
        Error::SigningKeys { .. } => {
            let next = "run helseid authority rotate-keys --alg PS256 for this --data-dir, and start it then";
            Failure::new(what, error, next)
        }
        Error::Listen { .. } => {
            let next =
                "stop what listens there, or give another address with --listen; port 0 is any free one";
            Failure::new(what, error, next)
        }
        Error::Redis(_) => Failure::new(what, error, "check --ephemeral, and that Redis runs"),
        Error::Store(StoreError::Sealed) => {
            Failure::new(what, error, "give --secret-file the file of the other replicas")
        }
        Error::Store(StoreError::Tls(_)) => {
            let next = "name the file of its CA in the address, ?sslrootcert=FILE, and the name that its certificate is \
                        for; a weaker sslmode than verify-full must be named there, too";
            Failure::new(what, error, next)
        }
        Error::Store(StoreError::File(ref file)) => {
            let next =
                file.fix().unwrap_or("check the data folder, or name another with --data-dir").to_owned();
            Failure::new(what, error, next)
        }
        _ => Failure::new(what, error, "check the data folder or --store, or try --in-memory"),
    }
}
