//! Several issuers and several names in one service.

use axum::Router;
use helseid_api::test_util::TestIssuer;
use helseid_api::{ApiProtection, InvalidProtection};
use helseid_protocol::forge::TestClock;
use helseid_protocol::rule::Rule;
use http::Method;

use crate::world::{URL, outcome, routes};

fn router(test: &TestIssuer, production: &TestIssuer, clock: &TestClock) -> Router {
    let builder = ApiProtection::builder(test.name(), "nhn:api").keys(test.keys());
    let builder = builder.issuer(production.name()).keys(production.keys()).audience("nhn:api-v2");
    let builder = builder.public_url("https://api.example").clock(clock.clone());
    routes().layer(builder.build().unwrap().layer())
}

#[tokio::test]
async fn tokens_of_each_issuer_for_each_name_pass_by_its_own_keys() {
    let (test, production) =
        (TestIssuer::new("https://test.example"), TestIssuer::new("https://sts.example"));
    let clock = TestClock::default();
    let router = router(&test, &production, &clock);
    let sent = |issuer: &TestIssuer, audience: &str| {
        issuer.client(audience).clock(clock.clone()).request(&Method::GET, URL)
    };
    for issuer in [&test, &production] {
        for audience in ["nhn:api", "nhn:api-v2"] {
            // Twice: the second time it is remembered.
            let mut sent = sent(issuer, audience);
            sent.token_text = Some(sent.token_text());
            assert_eq!(outcome(&router, &sent).await, None, "{} {audience}", issuer.name());
            let other = sent.clone().proof(|proof| proof.claim("jti", "other"));
            assert_eq!(outcome(&router, &other).await, None);
        }
        assert_eq!(outcome(&router, &sent(issuer, "nhn:other")).await, Some(Rule::TokenAud));
    }
    // Test's key does not speak for production, though both have a key of this name.
    let forged = sent(&test, "nhn:api").token(|token| token.claim("iss", production.name()));
    assert_eq!(outcome(&router, &forged).await, Some(Rule::TokenSignature));
    let third = TestIssuer::new("https://third.example");
    assert_eq!(outcome(&router, &sent(&third, "nhn:api")).await, Some(Rule::TokenIss));
}

#[test]
fn an_issuer_is_named_once() {
    let twice = ApiProtection::builder("https://sts.example", "a").issuer("https://sts.example");
    assert!(matches!(twice.build(), Err(InvalidProtection::Issuer(..))));
}
