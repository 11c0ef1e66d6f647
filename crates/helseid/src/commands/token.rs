//! `token`.

use helseid_client::{Client, Token};
use http::{Request, header};
use serde_json::json;

use crate::args::{Format, GetFlags, Global, TokenCommand, TokenOutput};
use crate::failure::Failure;
use crate::{output, settings};

pub(crate) async fn run(command: TokenCommand, global: &Global) -> Result<(), Failure> {
    let TokenCommand::Get(flags) = command;
    let client = settings::client(global, &flags.client)?;
    let wanted = match flags.output {
        TokenOutput::Token if global.format == Format::Json => TokenOutput::Json,
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
        (Some(url), _) => url.clone(),
        (None, Some(url)) => url.to_string(),
        (None, None) => {
            let why = "a proof is for one address";
            return Err(Failure::usage("--url is missing", why, "give --url, or set url under [api]"));
        }
    };
    let request = Request::builder().method(&flags.method).uri(&url).body(());
    let wrong = |why: http::Error| Failure::usage(format_args!("{url:?} is no address"), why, "mend --url");
    let mut request = request.map_err(wrong)?;
    client.authorize(&mut request).await?;
    let value = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lines = format!("Authorization: {}\nDPoP: {}", value(header::AUTHORIZATION.as_str()), value("dpop"));
    Ok((lines, url))
}
