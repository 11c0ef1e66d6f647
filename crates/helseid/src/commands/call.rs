//! `call`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use helseid_client::Response;
use http::Method;

use crate::args::{CallFlags, Global};
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::{output, settings};

pub(crate) async fn run(flags: CallFlags, global: &Global) -> Result<ExitCode, Failure> {
    let client = settings::client(global, &flags.client)?;
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
    for line in &flags.header {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Failure::usage(format_args!("{line:?} is no header"), "expected Name: value", "mend -H")
        })?;
        call = call.header(name.trim(), value.trim());
    }
    if let Some(data) = &flags.data {
        call = call.body(body(data)?);
    }
    let answer = call.send().await?;
    if flags.include {
        output::data(head(&answer).as_bytes())?;
    }
    match &flags.output {
        Some(file) => files::write(file, answer.bytes(), Readers::Everyone, Existing::Replace)?,
        None => {
            output::data(answer.bytes())?;
            if !answer.bytes().is_empty() && !answer.bytes().ends_with(b"\n") {
                output::data(b"\n")?;
            }
        }
    }
    explain(&url, &answer);
    Ok(ExitCode::from(match answer.status().as_u16() {
        200..=399 => 0,
        400..=499 => 4,
        500..=599 => 5,
        _ => 1,
    }))
}

/// A text, `@FILE`, or `-` for stdin.
fn body(data: &str) -> Result<Vec<u8>, Failure> {
    match data.strip_prefix('@') {
        Some(file) => files::read(Path::new(file)),
        None if data == "-" => files::read(Path::new("-")),
        None => Ok(data.as_bytes().to_vec()),
    }
}

fn head(answer: &Response) -> String {
    let mut text = format!("HTTP/1.1 {}\n", answer.status());
    for (name, value) in answer.headers() {
        let _ = writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    text.push('\n');
    text
}

/// What the API says of a refusal stands in its challenge, which nobody sees in the body.
fn explain(url: &str, answer: &Response) {
    if answer.status().is_success() || answer.status().is_redirection() {
        return;
    }
    output::tell(&format!("error: {url} answered {}", answer.status()));
    for challenge in answer.headers().get_all(http::header::WWW_AUTHENTICATE) {
        output::tell(&format!("  why: {}", String::from_utf8_lossy(challenge.as_bytes())));
    }
}
