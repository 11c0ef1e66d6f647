//! `key expiry`: when a key ends, for people and for monitors.

use std::process::ExitCode;

use helseid_client::Client;
use helseid_http::system_clock;
use helseid_protocol::id::Thumbprint;
use helseid_protocol::jose::format;
use helseid_protocol::time::Timestamp;
use serde_json::json;

use crate::args::{ExpiryFlags, Format, Global};
use crate::failure::{Failure, NOT_VALID};
use crate::{key_files, output, settings};

/// A key, and when it ends; never, if there is no end.
struct Ending {
    name: String,
    thumbprint: Thumbprint,
    expires: Option<Timestamp>,
}

pub(super) async fn run(flags: &ExpiryFlags, global: &Global) -> Result<ExitCode, Failure> {
    let ending = match &flags.file {
        Some(file) => of_file(file, flags.alias.alias.as_deref())?,
        None => registered(&settings::client(global, &flags.client)?).await?,
    };
    let days = ending.expires.map(|at| at.days_after(system_clock()));
    let soon = days.is_some_and(|days| days < i64::from(flags.warn_days));
    match (global.format, days) {
        (Format::Json, _) => output::json(&json!({
            "thumbprint": ending.thumbprint.as_str(), "expires": ending.expires, "days_left": days, "soon": soon,
        }))?,
        (Format::Text, None) => output::line(&format!("{}: does not expire", ending.name))?,
        (Format::Text, Some(days)) if days < 0 => {
            output::line(&format!("{}: ended {} days ago", ending.name, -days))?;
        }
        (Format::Text, Some(days)) => output::line(&format!("{}: ends in {days} days", ending.name))?,
    }
    Ok(if soon { ExitCode::from(NOT_VALID) } else { ExitCode::SUCCESS })
}

fn of_file(file: &std::path::Path, alias: Option<&str>) -> Result<Ending, Failure> {
    let key = key_files::public_named(file, alias)?;
    let Some(expires) = format::expiry(&key) else {
        let what = format!("{} does not say when its key ends", file.display());
        let next = "ask the authority: helseid key expiry";
        return Err(Failure::new(what, "it holds neither a certificate nor an exp", next));
    };
    Ok(Ending { name: file.display().to_string(), thumbprint: key.thumbprint(), expires: Some(expires) })
}

/// The key that signs now, as the authority has it.
async fn registered(client: &Client) -> Result<Ending, Failure> {
    let own = client.config().signing_key()?.public().thumbprint();
    let keys = client.registered_keys().await?;
    let found = keys.into_iter().find(|key| key.thumbprint.as_deref() == Some(own.as_str()));
    let Some(found) = found else {
        let what = format!("the key {own} is not registered");
        let why = format!("the authority does not list it for {}", client.config().client_id);
        return Err(Failure::new(what, why, "register it, or see what is wrong: helseid doctor"));
    };
    Ok(Ending { name: format!("the registered key {own}"), thumbprint: own, expires: found.expires })
}
