//! What this machine alone can tell: the settings, where each comes from, and the key.

use std::path::PathBuf;
use std::sync::Arc;

use helseid_client::{Config, KeyLocation};
use helseid_http::{InsecureHosts, Outbound, system_clock};
use helseid_protocol::jose::format;
use helseid_protocol::jose::{KeyType, PublicJwk, SigningKey};
use helseid_protocol::rule::{Profile, Rule};

use super::report::{Report, Step};
use super::stage::Stage;
use crate::args::{DoctorFlags, Global};
use crate::failure::Failure;
use crate::settings::{self, Layers};

/// What the rest of the examination goes on with.
pub(super) struct Setup {
    pub(super) config: Config,
    pub(super) key: SigningKey,
    pub(super) outbound: Arc<Outbound>,
    pub(super) profile: Profile,
    pub(super) warn_days: u32,
    pub(super) data_dir: Option<PathBuf>,
}

pub(super) fn examine(
    flags: &DoctorFlags,
    global: &Global,
    report: &mut Report,
) -> Result<Option<Setup>, Failure> {
    let read = Layers::read(global, &flags.client).and_then(|layers| {
        let from = told(&layers);
        layers.finish().map(|config| (config, from))
    });
    let (config, from) = match read {
        Ok(read) => read,
        Err(failure) => {
            report.add(Step::of_failure(Stage::Configuration, &failure))?;
            return Ok(None);
        }
    };
    let outbound = settings::outbound_of(config.ca_file.clone(), config.insecure_http.clone());
    let outbound = match outbound {
        Ok(outbound) => outbound,
        Err(failure) => {
            report.add(Step::of_failure(Stage::Configuration, &failure))?;
            return Ok(None);
        }
    };
    let address = url::Url::parse(config.issuer.as_str()).ok();
    if let Some(url) = address.filter(|url| !outbound.may_send_to(url)) {
        let says = format!("the issuer {} is not asked", config.issuer);
        let why = "expected https: with http, anyone on the network could read and change what is sent";
        let next = format!(
            "write https:// in issuer, or in a network of your own set insecure_http = [\"{}\"] (--insecure-http, HELSEID_INSECURE_HTTP)",
            InsecureHosts::entry_for(&url)
        );
        report.add(Step::failed(Stage::Configuration, says, why, next))?;
        return Ok(None);
    }
    report.add(Step::passed(Stage::Configuration, from))?;
    let Some(key) = key(&config, flags.profile, report)? else { return Ok(None) };
    let (profile, warn_days, data_dir) = (flags.profile, flags.warn_days, flags.data_dir.clone());
    Ok(Some(Setup { config, key, outbound: outbound.into(), profile, warn_days, data_dir }))
}

/// Which file, and which settings came from elsewhere.
fn told(layers: &Layers) -> String {
    let file = layers.file().map_or("no file".to_owned(), |file| file.display().to_string());
    let in_force = layers.in_force();
    let value = |name: &str| {
        in_force.iter().find(|setting| setting.name == name).map_or("?", |setting| setting.value.as_str())
    };
    let elsewhere: Vec<_> = in_force.iter().filter(|setting| setting.from != file).collect();
    let mut text = format!("{file}: client {} at {}", value("client_id"), value("issuer"));
    for from in ["flags", "environment"] {
        let names: Vec<_> =
            elsewhere.iter().filter(|setting| setting.from == from).map(|setting| setting.name).collect();
        if !names.is_empty() {
            text.push_str(&format!("; by {from}: {}", names.join(", ")));
        }
    }
    text
}

fn key(config: &Config, profile: Profile, report: &mut Report) -> Result<Option<SigningKey>, Failure> {
    let key = match config.signing_key() {
        Ok(key) => key,
        Err(error) => {
            report.add(Step::of_error(Stage::Key, &error))?;
            return Ok(None);
        }
    };
    let says = format!("{}; {}", described(&key), place(config));
    if !profile.switches().algorithms.contains(key.algorithm()) {
        let why = format!("profile {profile} does not take {}", key.algorithm());
        let next = "make another: helseid key generate --alg PS256 --out m2m";
        report.add(Step::failed(Stage::Key, says, why, next).rule(Some(Rule::KeyAlg)))?;
        return Ok(None);
    }
    let ends = format::expiry(key.public());
    let step = match (&config.key, readers(config), ends) {
        (KeyLocation::File(file), Some(mode), _) if mode & 0o077 != 0 => Step::warned(
            Stage::Key,
            format!("{says}, which others can read"),
            format!("chmod 600 {}", file.display()),
        ),
        (_, _, Some(ends)) if ends <= system_clock() => {
            let says = format!("{says}; according to its file it expired {}", ends.rfc3339());
            Step::warned(Stage::Key, says, "HelseID uses only its own registry; see the step registration")
        }
        _ => Step::passed(Stage::Key, says),
    };
    report.add(step)?;
    Ok(Some(key))
}

fn described(key: &SigningKey) -> String {
    let public: &PublicJwk = key.public();
    let strength = match public.key_type() {
        KeyType::Rsa => format!("RSA with {} bits", public.bits()),
        other => other.curve().map_or(other.kty().to_owned(), str::to_owned),
    };
    let thumbprint = public.thumbprint();
    let name = match public.key_id() {
        Some(kid) if kid.as_str() == thumbprint.as_str() => format!("kid and thumbprint {kid}"),
        Some(kid) => format!("kid {kid}, thumbprint {thumbprint}"),
        None => format!("no kid, thumbprint {thumbprint}"),
    };
    format!("{} ({strength}), {name}", key.algorithm())
}

fn place(config: &Config) -> String {
    match (&config.key, readers(config)) {
        (KeyLocation::File(file), Some(mode)) => format!("{} (mode {mode:03o})", file.display()),
        (KeyLocation::File(file), None) => file.display().to_string(),
        (KeyLocation::Text(_), _) => "from the environment".to_owned(),
        (KeyLocation::External, _) => "outside this process".to_owned(),
    }
}

/// The mode of the key's file, where files have one.
fn readers(config: &Config) -> Option<u32> {
    #[cfg(unix)]
    if let KeyLocation::File(file) = &config.key {
        use std::os::unix::fs::PermissionsExt as _;
        return Some(std::fs::metadata(file).ok()?.permissions().mode() & 0o777);
    }
    let _ = config;
    None
}
