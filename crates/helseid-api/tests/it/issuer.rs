//! Keys fetched from a real issuer, and fetched again when it has changed them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use helseid_api::ApiProtection;
use helseid_api::test_util::TestIssuer;
use helseid_protocol::forge::TestClock;
use helseid_protocol::jose::JwkSet;
use helseid_protocol::rule::Rule;
use http::{Method, StatusCode};

use crate::world::{AUDIENCE, URL, answer, outcome, routes};

/// Serves metadata and these keys.
async fn serve(keys: Arc<Mutex<JwkSet>>) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata =
        format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/jwks","token_endpoint":"{issuer}/token"}}"#);
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { metadata }))
        .route("/jwks", get(move || async move { keys.lock().unwrap().to_json() }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    issuer
}

#[tokio::test]
async fn the_issuers_keys_are_fetched_and_fetched_again_for_a_new_one() {
    let clock = TestClock::default();
    let keys = Arc::new(Mutex::new(JwkSet::new(Vec::new())));
    let name = serve(keys.clone()).await;
    let issuer = TestIssuer::new(&name);
    *keys.lock().unwrap() = issuer.key_set();
    let builder = ApiProtection::builder(name, AUDIENCE).public_url("https://api.example");
    let router = routes().layer(builder.clock(clock.clone()).build().unwrap().layer());
    let sent = |issuer: &TestIssuer| issuer.client(AUDIENCE).clock(clock.clone()).request(&Method::GET, URL);
    assert_eq!(answer(&router, &sent(&issuer)).await.status(), StatusCode::OK);

    let rotated = issuer.rotated("newer");
    assert_eq!(outcome(&router, &sent(&rotated)).await, Some(Rule::TokenKid));
    *keys.lock().unwrap() = rotated.key_set();
    assert_eq!(answer(&router, &sent(&rotated)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn keys_are_fetched_at_the_start_by_choice_and_it_is_told_if_they_cannot_be_had() {
    let keys = Arc::new(Mutex::new(JwkSet::new(Vec::new())));
    let name = serve(keys.clone()).await;
    let (issuer, clock) = (TestIssuer::new(&name), TestClock::default());
    let builder = ApiProtection::builder(name, AUDIENCE).public_url("https://api.example");
    let protection = builder.clock(clock.clone()).build().unwrap();
    let refusal = protection.warm_up().await.expect_err("no key is there").to_string();
    assert!(refusal.contains("no key can be used"), "{refusal}");
    let router = routes().layer(protection.layer());
    let sent = || issuer.client(AUDIENCE).clock(clock.clone()).request(&Method::GET, URL);
    assert_eq!(answer(&router, &sent()).await.status(), StatusCode::SERVICE_UNAVAILABLE);

    *keys.lock().unwrap() = issuer.key_set();
    clock.forward(Duration::from_secs(5));
    protection.warm_up().await.unwrap();
    *keys.lock().unwrap() = JwkSet::new(Vec::new());
    assert_eq!(answer(&router, &sent()).await.status(), StatusCode::OK);
}
