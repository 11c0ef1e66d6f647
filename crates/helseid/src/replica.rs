//! What replicas of an authority share, as flags, files and variables name it.

use std::path::Path;

use helseid_authority::{Shared, SharedSecret};
use helseid_protocol::text as texts;
use url::Url;

use crate::args::ReplicaFlags;
use crate::failure::Failure;
use crate::{environment, files};

/// The longest address or secret file, in bytes.
const MAX_BYTES: u64 = 16 * 1024;

/// What is shared; nothing for an authority that is alone.
pub(crate) fn shared(flags: &ReplicaFlags) -> Result<Option<Shared>, Failure> {
    let store = address(&STORE, flags.store.as_deref(), flags.store_file.as_deref())?;
    let ephemeral = address(&EPHEMERAL, flags.ephemeral.as_deref(), flags.ephemeral_file.as_deref())?;
    let (store, ephemeral, secret) = match (store, ephemeral, &flags.secret_file) {
        (None, None, None) => return Ok(None),
        (Some(store), Some(ephemeral), Some(secret)) => (store, ephemeral, secret),
        _ => {
            let why = "expected --store, --ephemeral and --secret-file together, or none of them";
            let next = "replicas share all three: see the guide past-one-machine";
            return Err(Failure::usage("some of what replicas share is missing", why, next));
        }
    };
    let secret = SharedSecret::parse(&text(secret)?).map_err(|why| {
        let next = "make one with helseid authority make-secret, and give all replicas the same";
        Failure::new(format_args!("{} contains no secret", secret.display()), why, next)
    })?;
    let shared = Shared::new(&store, &ephemeral, secret).map_err(|why| {
        Failure::usage("an address that replicas share is wrong", why, "correct the address")
    })?;
    Ok(Some(shared))
}

/// Where an address may come from.
struct Source {
    flag: &'static str,
    variable: &'static str,
    /// What the variable was called before. Read for one release, where the new one is not set.
    former: Option<&'static str>,
}

const STORE: Source = Source { flag: "--store", variable: "HELSEID_AUTHORITY_STORE", former: None };
const EPHEMERAL: Source = Source {
    flag: "--ephemeral",
    variable: "HELSEID_AUTHORITY_EPHEMERAL",
    former: Some("HELSEID_AUTHORITY_FLEETING"),
};

/// The flag, else the file, else the variable, else the variable by its former name, or the file that that names.
fn address(source: &Source, flag: Option<&str>, file: Option<&Path>) -> Result<Option<String>, Failure> {
    if let Some(url) = flag {
        if Url::parse(url).is_ok_and(|url| url.password().is_some()) {
            let what = format_args!("{} holds a password", source.flag);
            let why = "anyone who can list processes could read it";
            let next = format_args!("give the URL as {}, or in {}-file", source.variable, source.flag);
            return Err(Failure::usage(what, why, next));
        }
        return Ok(Some(url.to_owned()));
    }
    let given = match file {
        Some(file) => Some(text(file)?),
        None => environment::text(source.variable),
    };
    match (given, source.former) {
        (None, Some(former)) => match environment::variable(&format!("{former}_FILE")) {
            Some(file) => text(Path::new(&file)).map(Some),
            None => Ok(environment::text(former)),
        },
        (given, _) => Ok(given),
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let content = files::read_up_to(file, MAX_BYTES)?;
    texts::decode(&content).map(|text| text.trim().to_owned()).map_err(|why| {
        Failure::new(format_args!("{} cannot be read", file.display()), why, "write it as UTF-8")
    })
}
