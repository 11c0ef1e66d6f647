//! What a pushed request may hold, and what it must.

use reqwest::StatusCode;
use serde_json::json;

use super::world::*;
use crate::login::world::*;

#[tokio::test]
async fn state_and_nonce_may_be_missing_or_long() {
    let suite = Suite::new().await;
    let (long, longer) = ("s".repeat(384), "n".repeat(64));
    for (name, value) in
        [("state", ""), ("nonce", ""), ("state", &long), ("nonce", &longer), ("nonce", &long)]
    {
        let back = suite.login.log_in(with(suite.login.parameters(), name, value)).await;
        let granted = suite.login.granted(&suite.login.redemption(back.code()).await).await;
        let id = claims(&granted["id_token"]);
        match (name, value) {
            ("state", "") => assert_eq!(back.get("state"), None),
            ("nonce", "") => assert!(id.get("nonce").is_none()),
            ("state", sent) => assert_eq!(back.get("state"), Some(sent)),
            (_, sent) => assert_eq!(id["nonce"], sent),
        }
    }
}

#[tokio::test]
async fn the_order_of_scopes_does_not_count() {
    let suite = Suite::new().await;
    let scopes: Vec<_> = SCOPES.split(' ').rev().collect();
    let back = suite.login.log_in(with(suite.login.parameters(), "scope", &scopes.join(" "))).await;
    let granted = suite.login.granted(&suite.login.redemption(back.code()).await).await;
    assert!(granted["id_token"].is_string() && granted["refresh_token"].is_string());
}

#[tokio::test]
async fn what_stands_beside_a_request_uri_is_not_used() {
    let suite = Suite::new().await;
    let name = suite.login.pushed(suite.login.parameters()).await;
    let named = [("client_id", "the-client"), ("request_uri", &*name)];
    let beside =
        [("state", "another state"), ("nonce", "another"), ("redirect_uri", "https://evil.example/")];
    let back = sent_back(&suite.login.visit(&[&named[..], &beside].concat()).await);
    assert_eq!(back.get("state"), Some("the state"));
    let granted = suite.login.granted(&suite.login.redemption(back.code()).await).await;
    assert_eq!(claims(&granted["id_token"])["nonce"], "the-nonce");

    let name = suite.login.pushed(with(suite.login.parameters(), "state", "")).await;
    let query = [("client_id", "the-client"), ("request_uri", &*name), ("state", "outside alone")];
    assert_eq!(sent_back(&suite.login.visit(&query).await).get("state"), None);
}

#[tokio::test]
async fn a_request_that_was_not_pushed_is_refused() {
    let suite = Suite::new().await;
    let form = with(suite.login.parameters(), "test_pid", "");
    let query: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = suite.login.visit(&query).await;
    let back = match answer.status() {
        StatusCode::SEE_OTHER => sent_back(&answer),
        _ => return shows(answer, "authorize.par").await,
    };
    assert_eq!((back.get("error"), back.get("code")), (Some("invalid_request"), None));
}

#[tokio::test]
async fn what_a_request_must_have_is_missed_when_it_is_pushed() {
    let suite = Suite::new().await;
    for (name, value, error) in [
        ("redirect_uri", "", "invalid_request"),
        ("redirect_uri", "https://app.example/elsewhere", "invalid_request"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:pushed", "invalid_request"),
    ] {
        let form = with(suite.login.parameters(), name, value);
        suite.refuses_to_push(error, &suite.login.signed(form)).await;
    }
    let mut twice = suite.login.parameters();
    twice.push(("state", "again".to_owned()));
    suite.refuses_to_push("invalid_request", &suite.login.signed(twice)).await;

    let unsigned = suite.login.form("/connect/par", &suite.login.parameters()).send().await.unwrap();
    assert_eq!(crate::json(unsigned).await["error"], json!("invalid_client"));
}
