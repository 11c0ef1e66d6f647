//! Keys fetched from a real issuer, and fetched again when it has changed them.

use std::time::Duration;

use helseid_api::ApiProtection;
use helseid_api::test_util::TestIssuer;
use helseid_protocol::forge::TestClock;
use helseid_protocol::rule::Rule;
use http::{Method, StatusCode};

use crate::published::published;
use crate::world::{AUDIENCE, URL, answer, outcome, routes};

#[tokio::test]
async fn the_issuers_keys_are_fetched_and_fetched_again_for_a_new_one() {
    let clock = TestClock::default();
    let (keys, issuer) = published().await;
    keys.publish(&[&issuer]).await;
    let builder = ApiProtection::builder(issuer.name(), AUDIENCE).public_url("https://api.example");
    let router = routes().layer(builder.clock(clock.clone()).build().unwrap().layer());
    let sent = |issuer: &TestIssuer| issuer.client(AUDIENCE).clock(clock.clone()).request(&Method::GET, URL);
    assert_eq!(answer(&router, &sent(&issuer)).await.status(), StatusCode::OK);

    let rotated = issuer.rotated("newer");
    assert_eq!(outcome(&router, &sent(&rotated)).await, Some(Rule::TokenKid));
    keys.publish(&[&rotated]).await;
    assert_eq!(answer(&router, &sent(&rotated)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn keys_are_fetched_at_the_start_by_choice_and_it_is_told_if_they_cannot_be_had() {
    let ((keys, issuer), clock) = (published().await, TestClock::default());
    let builder = ApiProtection::builder(issuer.name(), AUDIENCE).public_url("https://api.example");
    let protection = builder.clock(clock.clone()).build().unwrap();
    let refusal = protection.warm_up().await.expect_err("no key is there").to_string();
    assert!(refusal.contains("no key can be used"), "{refusal}");
    let router = routes().layer(protection.layer());
    let sent = || issuer.client(AUDIENCE).clock(clock.clone()).request(&Method::GET, URL);
    assert_eq!(answer(&router, &sent()).await.status(), StatusCode::SERVICE_UNAVAILABLE);

    keys.publish(&[&issuer]).await;
    clock.forward(Duration::from_secs(5));
    protection.warm_up().await.unwrap();
    keys.publish(&[]).await;
    assert_eq!(answer(&router, &sent()).await.status(), StatusCode::OK);
}
