//! `call`.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use helseid_client::Answer;
use helseid_files::{Readers, Unfinished};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::endpoint::token::TokenType;
use http::Method;

use super::token::user;
use crate::args::{CallFlags, CallScheme, Global};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::{files, output, settings, verdict};

pub(crate) async fn run(flags: CallFlags, global: &Global) -> Result<ExitCode, Failure> {
    let client = match flags.scheme {
        CallScheme::Dpop => settings::client(global, &flags.client)?,
        CallScheme::Bearer => {
            output::tell("note: the token is sent as Bearer: anyone who reads it can use it");
            settings::bearer_client(global, &flags.client)?
        }
    };
    let url = match (&flags.url, &client.config().api_url) {
        (Some(url), _) => url.clone(),
        (None, Some(url)) => url.to_string(),
        (None, None) => {
            let why = "neither an argument nor [api].url names one";
            return Err(Failure::usage("there is no address to call", why, "helseid call URL"));
        }
    };
    let method = flags.request.unwrap_or(if flags.data.is_some() { Method::POST } else { Method::GET });
    let mut call = client.request(method, &url);
    if flags.user.user {
        let token = user::token(&client, (&flags.client, &flags.user), global).await?;
        call = call.bound_token(token.token, token.key.proof_key().clone());
    }
    for line in &flags.header {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Failure::usage(format_args!("{line:?} is not a header"), "expected Name: value", "correct -H")
        })?;
        call = call.header(name.trim(), value.trim());
    }
    if let Some(data) = &flags.data {
        let body = body(data)?;
        let progress = Mutex::new(Progress::new("sent", Some(body.len() as u64)));
        call = call.body(body).watch_body(move |sent| {
            progress.lock().unwrap_or_else(PoisonError::into_inner).at(sent);
        });
    }
    let mut answer = call.open().await.map_err(|error| refused(&error, flags.user.user))?;
    if flags.include {
        match std::io::stdout().is_terminal() {
            true => output::text(&head(&answer))?,
            false => output::data(head(&answer).as_bytes())?,
        }
    }
    match &flags.output {
        Some(file) => keep(&mut answer, file).await?,
        None => show(&mut answer).await?,
    }
    explain(&url, &answer, flags.user.user);
    Ok(ExitCode::from(match answer.status().as_u16() {
        200..=399 => 0,
        400..=499 => 4,
        500..=599 => 5,
        _ => 1,
    }))
}

/// The largest body that is sent: 256 MiB. It is kept in memory, to be sent again with a nonce.
const MOST: u64 = 256 * 1024 * 1024;

/// A text, `@FILE`, or `-` for stdin.
fn body(data: &str) -> Result<Vec<u8>, Failure> {
    match data.strip_prefix('@') {
        Some(file) => files::read_up_to(Path::new(file), MOST),
        None if data == "-" => files::read_up_to(Path::new("-"), MOST),
        None => Ok(data.as_bytes().to_vec()),
    }
}

/// Writes the body as it comes, byte for byte; on a terminal without what would steer it, and with a line's end.
async fn show(answer: &mut Answer) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        while let Some(piece) = piece(answer).await? {
            output::data(&piece)?;
        }
        return Ok(());
    }
    let mut screen = Screen::default();
    while let Some(piece) = piece(answer).await? {
        output::data(screen.shown(&piece).as_bytes())?;
    }
    output::data(screen.end().as_bytes())
}

/// Writes the body into a file, which is there when it is whole. What is no file, such as a pipe, is written to as it is.
async fn keep(answer: &mut Answer, file: &Path) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| files::unwritable(file, why);
    let is_other = std::fs::metadata(file).is_ok_and(|metadata| !metadata.is_file());
    if is_other {
        let mut out = OpenOptions::new().write(true).open(file).map_err(|why| failed(&why))?;
        return receive(answer, &mut out, &failed).await;
    }
    let target = helseid_files::target(file).map_err(|why| failed(&why.why()))?;
    let mut out = Unfinished::beside(&target, Readers::Everyone).map_err(|why| failed(&why.why()))?;
    receive(answer, &mut out, &failed).await?;
    out.finish().map_err(|why| failed(&why.why()))
}

async fn receive(
    answer: &mut Answer,
    out: &mut impl Write,
    failed: &impl Fn(&dyn std::fmt::Display) -> Failure,
) -> Result<(), Failure> {
    let mut progress = Progress::new("received", answer.announced_length());
    let mut received = 0;
    while let Some(piece) = piece(answer).await? {
        out.write_all(&piece).map_err(|why| failed(&why))?;
        received += piece.len() as u64;
        progress.at(received);
    }
    Ok(())
}

async fn piece(answer: &mut Answer) -> Result<Option<impl std::ops::Deref<Target = [u8]> + use<>>, Failure> {
    answer.piece().await.map_err(|why| {
        Failure::new("the response was cut off", why, "try again; what was received is incomplete")
    })
}

fn head(answer: &Answer) -> String {
    let mut text = format!("HTTP/1.1 {}\n", answer.status());
    for (name, value) in answer.headers() {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    text.push('\n');
    text
}

/// What the API says of a refusal stands in its challenge, which nobody sees in the body.
fn explain(url: &str, answer: &Answer, for_a_person: bool) {
    if answer.status().is_success() || answer.status().is_redirection() {
        return;
    }
    let all = answer.headers().get_all(http::header::WWW_AUTHENTICATE).iter();
    let challenges: Vec<_> = all.map(|one| String::from_utf8_lossy(one.as_bytes()).into_owned()).collect();
    output::tell(&format!("error: {url} answered {}", answer.status()));
    for challenge in &challenges {
        output::tell(&format!("  why: {challenge}"));
    }
    if challenges.is_empty() {
        output::tell("  why: the response gives no reason in WWW-Authenticate; its body may");
    }
    output::tell(&format!(" next: {}", next(answer.status().as_u16(), &challenges, for_a_person)));
}

/// The failure of a call for which there was no token or no answer. A client that logs people in may have no token of its own.
fn refused(error: &helseid_client::Error, for_a_person: bool) -> Failure {
    let is_for_people = error.oauth().is_some_and(|(_, said)| said.code == "unauthorized_client");
    let next = match is_for_people && !for_a_person {
        true => {
            format!(
                "if this client logs people in: helseid login, then helseid call --user; otherwise {}",
                error.next()
            )
        }
        false => error.next(),
    };
    Failure::new(error.what(), error.why(), next)
}

/// How a person logs in as the API wants it (RFC 9470).
fn login(challenge: &str, for_a_person: bool) -> Option<String> {
    if !challenge.contains("error=\"insufficient_user_authentication\"") {
        return None;
    }
    let level =
        ["3", "4"].into_iter().find(|level| challenge.contains(&format!("acr_values=\"Level{level}\"")));
    let level = level.map(|level| format!(" --level {level}")).unwrap_or_default();
    Some(match for_a_person {
        true => format!("log in again: helseid login{level}"),
        false => format!("call for a person: helseid login{level}, then helseid call --user"),
    })
}

/// What to do about a refusal.
fn next(status: u16, challenges: &[String], for_a_person: bool) -> String {
    if let Some(login) = challenges.iter().find_map(|challenge| login(challenge, for_a_person)) {
        return login;
    }
    if let Some(rule) = challenges.iter().find_map(|challenge| verdict::named(challenge)) {
        return rule.fix().to_owned();
    }
    let read: Vec<_> =
        challenges.iter().filter_map(|challenge| Challenge::read(challenge).ok()).flatten().collect();
    let takes = |scheme| read.iter().any(|challenge| challenge.is(scheme));
    match status {
        401 if takes(TokenType::Bearer) && !takes(TokenType::Dpop) => verdict::BEARER_ALONE.to_owned(),
        401 | 403 => "go through it step by step: helseid doctor URL".to_owned(),
        404 | 405 => "check the path and the method".to_owned(),
        429 => "wait, and try again".to_owned(),
        500..=599 => "see the API's log".to_owned(),
        _ => "read the body: the API's own rules are in it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_a_stronger_login_is_told_how_to_log_in() {
        let challenge =
            |more: &str| format!("DPoP error=\"insufficient_user_authentication\"{more}, algs=\"ES256\"");
        let level = challenge(", error_description=\"(rule api.security_level)\", acr_values=\"Level4\"");
        assert_eq!(next(401, std::slice::from_ref(&level), true), "log in again: helseid login --level 4");
        assert!(next(401, &[level], false).ends_with("helseid login --level 4, then helseid call --user"));
        assert_eq!(next(401, &[challenge("")], true), "log in again: helseid login");
        let scope = "DPoP error=\"insufficient_scope\", error_description=\"(rule api.scope)\"".to_owned();
        assert!(!next(403, &[scope], true).contains("helseid login"));
    }
}
