//! `jws`.

use std::io::{BufRead as _, Read as _};
use std::process::ExitCode;

use helseid_protocol::jose::jws::{Compact, MAX_BYTES};
use helseid_protocol::jose::{InvalidJwk, JwkSet};
use helseid_protocol::key_cache::IssuerKeys;
use helseid_protocol::visible::is_hidden;
use serde_json::json;

use crate::args::{Format, JwsCommand};
use crate::failure::{Failure, NOT_VALID};
use crate::{files, output};

/// A signature that is not by one of the keys, or cannot be.
#[derive(Debug, PartialEq, Eq)]
enum Invalid {
    Empty,
    Form(String),
    Algorithm(String),
    NoKey,
    Signature,
}

pub(crate) fn run(command: &JwsCommand, format: Format) -> Result<ExitCode, Failure> {
    let JwsCommand::Verify(flags) = command;
    let keys = keys(files::read_text(&flags.jwks)?.as_bytes()).map_err(|why| {
        let what = format!("{} is not a JWK Set", flags.jwks.display());
        Failure::new(what, why, "give a file such as helseid key generate --jwks writes")
    })?;
    let mut stdin = std::io::stdin().lock();
    let mut all_valid = true;
    loop {
        let mut line = Vec::new();
        // One line is never longer than a JWS may be, whatever comes.
        let read = stdin.by_ref().take(MAX_BYTES as u64 + 2).read_until(b'\n', &mut line);
        let read =
            read.map_err(|why| Failure::new("stdin cannot be read", why, "check where it comes from"))?;
        if read == 0 {
            return Ok(if all_valid { ExitCode::SUCCESS } else { ExitCode::from(NOT_VALID) });
        }
        if line.last() != Some(&b'\n') && read > MAX_BYTES {
            stdin.skip_until(b'\n').map_err(|why| Failure::new("stdin cannot be read", why, "try again"))?;
        }
        let verdict = verify(&String::from_utf8_lossy(&line), &keys);
        all_valid &= verdict.is_ok();
        match (format, verdict) {
            (Format::Json, Ok(())) => output::json(&json!({ "valid": true }))?,
            (Format::Json, Err(why)) => output::json(&json!({ "valid": false, "why": why.to_string() }))?,
            (Format::Text, Ok(())) => output::line("valid")?,
            (Format::Text, Err(why)) => output::line(&format!("invalid: {why}"))?,
        }
    }
}

/// The usable keys of a set; warns of the others.
pub(super) fn keys(json: &[u8]) -> Result<IssuerKeys, InvalidJwk> {
    let keys = IssuerKeys::new(&JwkSet::read(json)?);
    warn_of(keys.passed_over());
    Ok(keys)
}

/// Warns of keys that are passed over.
pub(super) fn warn_of(passed_over: &[InvalidJwk]) {
    for why in passed_over {
        output::tell(&format!("warning: a key of the set cannot be used: {why}"));
    }
}

/// Tries the keys with the line's `kid`, or all of them if it has none, with the algorithm that its header names.
fn verify(line: &str, keys: &IssuerKeys) -> Result<(), Invalid> {
    let text = line.trim_end_matches(['\r', '\n']);
    if text.trim().is_empty() {
        return Err(Invalid::Empty);
    }
    let jws = Compact::parse(text, MAX_BYTES).map_err(|why| Invalid::Form(why.to_string()))?;
    let header = jws.header();
    let algorithm = header.algorithm().ok_or_else(|| Invalid::Algorithm(header.alg().to_owned()))?;
    let mut candidates = keys.candidates(header.kid(), algorithm).peekable();
    if candidates.peek().is_none() {
        return Err(Invalid::NoKey);
    }
    candidates.any(|key| jws.is_signed_by(key, algorithm)).then_some(()).ok_or(Invalid::Signature)
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => out.write_str("empty"),
            Self::Form(why) => out.write_str(why),
            Self::Algorithm(name) => {
                let shown: String = name.chars().take(32).filter(|c| !is_hidden(*c)).collect();
                write!(out, "the algorithm {shown} is not an asymmetric signature algorithm")
            }
            Self::NoKey => out.write_str("no key of the set has its kid and fits its alg"),
            Self::Signature => out.write_str("a signature by another key, or of other content"),
        }
    }
}
