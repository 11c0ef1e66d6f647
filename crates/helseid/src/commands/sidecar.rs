//! `sidecar`.

use std::path::Path;

use helseid_client::{DEFAULT_FILE, Settings};
use helseid_sidecar::{Config, Listen, ListenFlags, Listener, Sidecar, Sources};
use serde_json::{Map, Value, json};

use crate::args::{Global, SidecarFlags};
use crate::failure::Failure;
use crate::output;
use crate::serving::{self, StopSignals};

pub(crate) async fn run(flags: SidecarFlags, global: &Global) -> Result<(), Failure> {
    let mut signals = StopSignals::catch()?;
    serving::raise_handles();
    serving::keep_memory_private()?;
    let mut listen = ListenFlags {
        listen: flags.listen,
        socket: flags.socket,
        probe_listen: flags.probe_listen,
        shared_key_file: flags.shared_key_file,
        insecure_no_key: flags.insecure_no_key,
    };
    let activated = activated(&mut listen)?;
    let config = config(listen, global)?;
    let mut line = Map::new();
    line.insert("apis".into(), config.api_names().map(Value::from).collect());
    line.insert("protects".into(), config.protected_names().map(Value::from).collect());
    if config.api_names().next().is_none() && config.protected_names().next().is_none() {
        output::tell(
            "note: the configuration has no section [api.NAME] with an API to call, and no [protect.NAME] with one to protect: \
             this sidecar only gives tokens; see docs/guides/sidecar.md",
        );
    }
    let listener = match activated {
        Some(listener) => listener.secured(config.listen())?,
        None => Listener::bind(config.listen()).await?,
    };
    match (listener.address(), config.listen()) {
        (Some(address), _) => line.insert("listen".into(), json!([address.to_string()])),
        (None, Listen::Socket { path, .. }) => {
            line.insert("socket".into(), path.display().to_string().into())
        }
        (None, Listen::Tcp(_) | Listen::Https(..)) => None,
    };
    let probes = match config.probe_listen() {
        Some(place) => Some(Listener::bind(&place).await?),
        None => None,
    };
    if let Some(address) = probes.as_ref().and_then(Listener::address) {
        line.insert("probes".into(), json!([address.to_string()]));
    }
    let sidecar = Sidecar::new(config)?.with_probes(probes);
    output::json(&line)?;
    let stop = async {
        signals.next().await;
    };
    sidecar.serve(listener, stop).await;
    Ok(())
}

#[cfg(unix)]
fn activated(flags: &mut ListenFlags) -> Result<Option<Listener>, Failure> {
    Ok(Listener::activated(flags)?)
}

/// Elsewhere services open their sockets themselves.
#[cfg(not(unix))]
fn activated(_: &mut ListenFlags) -> Result<Option<Listener>, Failure> {
    Ok(None)
}

fn config(listen: ListenFlags, global: &Global) -> Result<Config, Failure> {
    let default = Path::new(DEFAULT_FILE);
    let file = match &global.config {
        Some(file) => Some(file.as_path()),
        None => (default.exists() || global.account.is_some()).then_some(default),
    };
    let of_client = Settings {
        ca_file: global.ca_file.clone(),
        insecure_http: (!global.insecure_http.is_empty()).then(|| global.insecure_http.clone()),
        ..Settings::default()
    };
    let account = global.account.as_deref();
    let variable = &|name: &str| std::env::var(name).ok();
    Ok(Config::read(Sources { file, account, flags: of_client, listen, variable })?)
}
