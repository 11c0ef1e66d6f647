//! `token`.

mod verify;

use std::process::ExitCode;

use helseid_client::{Client, Token};
use helseid_http::system_clock;
use http::{Request, header};
use serde_json::json;

use crate::args::{Format, GetFlags, Global, InspectFlags, TokenCommand, TokenOutput};
use crate::explain::{self, Place};
use crate::failure::{Failure, NOT_VALID};
use crate::{files, output, settings};

pub(crate) async fn run(command: TokenCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        TokenCommand::Get(flags) => get(flags, global).await.map(|()| ExitCode::SUCCESS),
        TokenCommand::Inspect(flags) => inspect(&flags, global),
        TokenCommand::Verify(flags) => verify::run(flags, global).await,
    }
}

async fn get(flags: GetFlags, global: &Global) -> Result<(), Failure> {
    let client = settings::client(global, &flags.client)?;
    let wanted = match flags.output {
        TokenOutput::Token if global.format == Format::Json => TokenOutput::Json,
        TokenOutput::Header | TokenOutput::Curl if global.format == Format::Json => {
            let why = "header lines and commands are no JSON";
            return Err(Failure::usage(
                "--output has no JSON",
                why,
                "leave out --format json, or choose --output json",
            ));
        }
        other => other,
    };
    match wanted {
        TokenOutput::Token => output::line(client.token().await?.access_token().expose()),
        TokenOutput::Json => output::json(&answer(&client.token().await?)),
        TokenOutput::Header => output::line(&headers(&client, &flags).await?.0),
        TokenOutput::Curl => {
            let (headers, url) = headers(&client, &flags).await?;
            let (method, url) = (&flags.method, url.replace('\'', "%27"));
            // The headers go in by stdin: what stands in arguments, others on the machine can read.
            let command =
                format!("curl --silent --show-error --request {method} --header @- '{url}' <<'HEADERS'");
            output::line(&format!("{command}\n{headers}\nHEADERS"))
        }
    }
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
async fn headers(client: &Client, flags: &GetFlags) -> Result<(String, String), Failure> {
    let url = match (&flags.url, &client.config().api_url) {
        (Some(url), _) => url,
        (None, Some(url)) => url,
        (None, None) => {
            let why = "a proof is for one address";
            return Err(Failure::usage("--url is missing", why, "give --url, or set url under [api]"));
        }
    };
    let request = Request::builder().method(&flags.method).uri(url.as_str()).body(());
    let wrong =
        |why: http::Error| Failure::usage(format_args!("{url} is not an address"), why, "correct --url");
    let mut request = request.map_err(wrong)?;
    client.authorize(&mut request).await?;
    let value = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lines = format!("Authorization: {}\nDPoP: {}", value(header::AUTHORIZATION.as_str()), value("dpop"));
    Ok((lines, url.to_string()))
}

/// Ends with 3 if something is odd.
fn inspect(flags: &InspectFlags, global: &Global) -> Result<ExitCode, Failure> {
    let content = files::read_dump(&flags.file)?;
    let now = system_clock();
    let found = explain::jwts(&content);
    if found.is_empty() {
        let why =
            "expected a token, a proof or an assertion: three parts with dots, the first beginning with eyJ";
        let next = "give it on stdin or in a file: alone, as a header line, or as a whole HTTP dump";
        return Err(Failure::new("the input contains no JWT", why, next));
    }
    let token = found.iter().find(|found| matches!(found.place, Place::Authorization(_)));
    let token = token.map(|found| found.text);
    let explained: Vec<_> = found.into_iter().map(|found| explain::explain(found, token, now)).collect();
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
