//! `token`.

mod attestation;
pub(super) mod user;
mod verify;

use std::process::ExitCode;

use helseid_client::{Client, Token, TokenRequest};
use helseid_http::system_clock;
use helseid_protocol::secret::AccessToken;
use http::{HeaderMap, Method, header};
use serde_json::json;
use url::Url;

use crate::args::{
    ExchangeFlags, Format, GetFlags, Global, InspectFlags, PrintFlags, TokenCommand, TokenOutput,
};
use crate::explain::{self, Beside, Place};
use crate::failure::{Failure, NOT_VALID};
use crate::{files, output, settings};

pub(crate) async fn run(command: TokenCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::Get(flags) => get(*flags, global).await.map(|()| ExitCode::SUCCESS),
        TokenCommand::Exchange(flags) => exchange(*flags, global).await.map(|()| ExitCode::SUCCESS),
        TokenCommand::Inspect(flags) => inspect(&flags, global),
        TokenCommand::Verify(flags) => verify::run(flags, global).await,
    }
}

async fn get(flags: GetFlags, global: &Global) -> Result<(), Failure> {
    let client = settings::client(global, &flags.client)?;
    let wanted = wanted(&flags.print, global)?;
    if flags.user.user {
        return user::get(&client, &flags, wanted, global).await;
    }
    print(&client, TokenRequest::of(client.config()), wanted, &flags.print).await
}

async fn exchange(flags: ExchangeFlags, global: &Global) -> Result<(), Failure> {
    let client = settings::client(global, &flags.client)?;
    let wanted = wanted(&flags.print, global)?;
    let content = files::read_dump(&flags.file)?;
    let subject = AccessToken::new(verify::the_token(&content)?);
    print(&client, TokenRequest::of(client.config()).exchanging(subject), wanted, &flags.print).await
}

/// What is to be written, in the format that was asked for.
fn wanted(flags: &PrintFlags, global: &Global) -> Result<TokenOutput, Failure> {
    match flags.output {
        TokenOutput::Token if global.format == Format::Json => Ok(TokenOutput::Json),
        TokenOutput::Header | TokenOutput::Curl if global.format == Format::Json => {
            let why = "header lines and commands are not JSON";
            Err(Failure::usage(
                "--output has no JSON",
                why,
                "leave out --format json, or choose --output json",
            ))
        }
        other => Ok(other),
    }
}

/// Writes a token for `request`.
async fn print(
    client: &Client,
    request: TokenRequest,
    wanted: TokenOutput,
    flags: &PrintFlags,
) -> Result<(), Failure> {
    match wanted {
        TokenOutput::Token => output::line(client.token_for(&request).await?.access_token().expose()),
        TokenOutput::Json => output::json(&answer(&client.token_for(&request).await?)),
        TokenOutput::Header => output::line(&headers(client, request, flags).await?.0),
        TokenOutput::Curl => {
            let (headers, url) = headers(client, request, flags).await?;
            output::line(&curl(&flags.method, &url, &headers))
        }
    }
}

/// A command for a shell. The headers go in by stdin: what stands in arguments, others on the machine can read.
fn curl(method: &Method, url: &str, headers: &str) -> String {
    let url = url.replace('\'', "%27");
    format!(
        "curl --silent --show-error --request {method} --header @- '{url}' <<'HEADERS'\n{headers}\nHEADERS"
    )
}

fn answer(token: &Token) -> serde_json::Value {
    json!({
        "access_token": token.access_token().expose(),
        "token_type": token.token_type().as_str(),
        "expires_in": token.lifetime().as_secs(),
        "scope": token.scope().map(ToString::to_string),
    })
}

/// The two header lines for one request, and its address.
async fn headers(
    client: &Client,
    request: TokenRequest,
    flags: &PrintFlags,
) -> Result<(String, String), Failure> {
    let url = address(client, flags)?;
    let mut headers = HeaderMap::new();
    let mut attempts = client.attempts_for(request, flags.method.clone(), url.as_str())?;
    attempts.headers().await?.apply(&mut headers);
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lines = format!("Authorization: {}\nDPoP: {}", value(header::AUTHORIZATION.as_str()), value("dpop"));
    Ok((lines, url.to_string()))
}

/// The address that a proof is for.
fn address<'a>(client: &'a Client, flags: &'a PrintFlags) -> Result<&'a Url, Failure> {
    flags.url.as_ref().or(client.config().api_url.as_ref()).ok_or_else(|| {
        let why = "a proof is for one address";
        Failure::usage("--url is missing", why, "give --url, or set url under [api]")
    })
}

/// Ends with 3 if something is odd.
fn inspect(flags: &InspectFlags, global: &Global) -> Result<ExitCode, Failure> {
    let content = files::read_dump(&flags.file)?;
    let now = system_clock();
    let found = explain::jwts(&content);
    let answers = explain::answers(&content);
    if found.is_empty() && answers.is_empty() {
        let why =
            "expected a token, a proof or an assertion: three parts with dots, the first beginning with eyJ";
        let next = "give it on stdin or in a file: by itself, as a header line, or as a whole HTTP dump";
        return Err(Failure::new("the input contains no JWT", why, next));
    }
    let sent = found.iter().find(|found| matches!(found.place, Place::Authorization(_)));
    let beside = Beside { sent: sent.map(|found| found.text), answers: &answers };
    let jwts = found.into_iter().map(|found| explain::explain(found, beside, now));
    let explained: Vec<_> = answers.iter().map(explain::explain_answer).chain(jwts).collect();
    match global.format {
        Format::Json => output::json(&explained)?,
        Format::Text => {
            let texts: Vec<_> = explained.iter().map(explain::Explained::text).collect();
            output::text(&texts.join("\n"))?;
        }
    }
    let is_odd = explained.iter().any(|explained| !explained.odd.is_empty());
    Ok(if is_odd { ExitCode::from(NOT_VALID) } else { ExitCode::SUCCESS })
}
