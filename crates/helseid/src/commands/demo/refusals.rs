//! Three requests that the API refuses, and the reasons that it gives.

use helseid_client::Client;
use helseid_http::{MAX_ANSWER_BYTES, Outbound};
use helseid_protocol::challenge::Challenge;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};

use super::narrator::Narrator;
use crate::failure::Failure;

/// Sends them, and fails if one is let in.
pub(super) async fn run(client: &Client, url: &str, narrator: &Narrator) -> Result<(), Failure> {
    let outbound = Outbound::builder().build().map_err(|why| {
        Failure::new("the HTTP client could not be created", why, "check the system's certificates")
    })?;
    let send = async |title: &str, headers: HeaderMap| {
        let mut request = Request::get(url).body(Vec::new()).map_err(unsent)?;
        *request.headers_mut() = headers;
        let answer = outbound.send(request, MAX_ANSWER_BYTES).await;
        let answer =
            answer.map_err(|why| Failure::new("the API did not respond", why, "report this as a bug"))?;
        let status = answer.status();
        let title = format!("{title}: {}", status.as_u16());
        match answer.headers().get(header::WWW_AUTHENTICATE) {
            Some(challenge) => narrator.step(&title, &[&reason(challenge)]),
            None => narrator.step(&title, &[]),
        }
        Ok::<StatusCode, Failure>(status)
    };

    refused(send("Without a token", HeaderMap::new()).await?)?;
    let mut once = Request::get(url).body(()).map_err(unsent)?;
    client.authorize(&mut once).await?;
    let first = send("A call with a proof", once.headers().clone()).await?;
    if !first.is_success() {
        return Err(Failure::new("a valid call was refused", first, "report this as a bug"));
    }
    refused(send("The same proof again", once.headers().clone()).await?)?;
    let token = client.token().await?;
    let bearer = HeaderValue::from_str(&format!("Bearer {}", token.access_token().expose()));
    let bearer = bearer.map_err(|why| unsent(why.into()))?;
    refused(send("The bound token as Bearer", HeaderMap::from_iter([(header::AUTHORIZATION, bearer)])).await?)
}

fn unsent(why: http::Error) -> Failure {
    Failure::new("a request cannot be made", why, "report this as a bug")
}

fn refused(status: StatusCode) -> Result<(), Failure> {
    match status {
        StatusCode::UNAUTHORIZED => Ok(()),
        other => Err(Failure::new("the API did not refuse what it must", other, "report this as a bug")),
    }
}

/// What the challenge says, for people.
fn reason(challenge: &HeaderValue) -> String {
    let text = challenge.to_str().unwrap_or_default();
    let read = Challenge::read(text).unwrap_or_default();
    let described = read.iter().find_map(|challenge| {
        let error = challenge.parameter("error")?;
        Some(format!("{error}: {}", challenge.parameter("error_description").unwrap_or_default()))
    });
    described.unwrap_or_else(|| format!("the API asks for credentials: {text}"))
}
