//! What a login would find, looked at without one: the login endpoints in the metadata, and a pushed request, which is then left
//! alone. Nothing fails by it: many a client logs nobody in. One of which the local authority's registry says so pushes nothing.

use std::time::Duration;

use helseid_client::{Client, RetryPolicy};
use helseid_login::flow::{LoginClient, LoginError};
use helseid_protocol::endpoint::Metadata;
use url::{Origin, Url};

use super::configuration::Setup;
use super::registry;
use super::report::{Report, Step};
use super::stage::Stage;
use crate::commands::login;
use crate::failure::Failure;
use crate::session::REDIRECT_URI;

/// `login_client | pushed_request`
pub(super) async fn examine(setup: &Setup, metadata: &Metadata, report: &mut Report) -> Result<(), Failure> {
    let (Some(authorization), Some(_)) =
        (&metadata.authorization_endpoint, &metadata.pushed_authorization_request_endpoint)
    else {
        let says = "the metadata have no login with pushed requests";
        report.add(Step::skipped(Stage::LoginClient, says))?;
        return report.add(Step::skipped(Stage::PushedRequest, says));
    };
    report.add(match elsewhere(metadata) {
        None => Step::passed(Stage::LoginClient, format!("people log in at {authorization}")),
        Some((name, address)) => Step::warned(
            Stage::LoginClient,
            format!("{name} is at another server than the issuer: {address}"),
            "ask the operator of the issuer whether that is meant",
        ),
    })?;
    if registry::logs_nobody_in(setup).await {
        return report.add(logs_nobody_in());
    }
    report.add(match push(setup).await {
        Ok(()) => {
            Step::passed(Stage::PushedRequest, "accepted, and not continued; helseid doctor --login goes on")
        }
        Err(error) => refused(&error),
    })
}

/// The first endpoint of a login that is not at the issuer's own server.
fn elsewhere(metadata: &Metadata) -> Option<(&'static str, &str)> {
    let origin = |text: &str| Url::parse(text).map_or_else(|_| Origin::new_opaque(), |url| url.origin());
    let issuer = origin(metadata.issuer.as_str());
    let endpoints = [
        ("authorization_endpoint", &metadata.authorization_endpoint),
        ("pushed_authorization_request_endpoint", &metadata.pushed_authorization_request_endpoint),
        ("userinfo_endpoint", &metadata.login.userinfo_endpoint),
        ("end_session_endpoint", &metadata.end_session_endpoint),
        ("revocation_endpoint", &metadata.revocation_endpoint),
    ];
    let mut named = endpoints.into_iter().filter_map(|(name, address)| Some((name, address.as_deref()?)));
    named.find(|(_, address)| origin(address) != issuer)
}

async fn push(setup: &Setup) -> Result<(), LoginError> {
    let client = Client::builder(setup.config.clone()).retry(RetryPolicy::new(0, Duration::ZERO)).build()?;
    let client = LoginClient::new(client, REDIRECT_URI)?;
    client.begin(&login::with_scope(&setup.config).unwrap_or_default()).await.map(drop)
}

fn logs_nobody_in() -> Step {
    Step::skipped(
        Stage::PushedRequest,
        "the client does not log people in: it may not use authorization_code",
    )
}

/// A client that logs nobody in, or whose people come back elsewhere, is as it should be.
fn refused(error: &LoginError) -> Step {
    let said = error.oauth().map(|error| (&*error.code, error.description.as_deref().unwrap_or_default()));
    match said {
        Some(("unauthorized_client", _)) => logs_nobody_in(),
        Some((_, description)) if description.contains("redirect_uri") => {
            let says = format!(
                "answered; the client has not registered {REDIRECT_URI}: it does not log people in, or they return to another address"
            );
            Step::skipped(Stage::PushedRequest, says)
        }
        _ => {
            let [what, why, next] = error.lines();
            Step::warned(Stage::PushedRequest, format!("no login can begin: {what}: {why}"), next)
        }
    }
}

#[cfg(test)]
mod tests {
    use helseid_protocol::id::Issuer;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_endpoint_at_another_server_is_named() {
        let issuer = "https://sts.example";
        let read = |member: &str, address: &str| {
            let mut metadata = json!({
                "issuer": issuer, "token_endpoint": "https://sts.example/connect/token",
                "authorization_endpoint": "https://sts.example/connect/authorize",
            });
            metadata[member] = address.into();
            Metadata::read(metadata.to_string().as_bytes(), &Issuer::parse(issuer).unwrap()).unwrap()
        };
        for member in [
            "authorization_endpoint",
            "pushed_authorization_request_endpoint",
            "userinfo_endpoint",
            "end_session_endpoint",
            "revocation_endpoint",
        ] {
            assert_eq!(elsewhere(&read(member, "https://sts.example/other/path")), None);
            for address in
                ["https://sts.example.evil/", "http://sts.example/", "https://sts.example:444/", "x"]
            {
                let metadata = read(member, address);
                assert_eq!(elsewhere(&metadata), Some((member, address)));
            }
        }
    }
}
