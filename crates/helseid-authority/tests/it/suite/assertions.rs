//! The client's assertion at both endpoints, and the proof without which there is no token.

use helseid_protocol::forge::Jwt;
use serde_json::json;

use super::world::*;
use crate::desk::Sent;
use crate::login::world::*;

/// A change to an assertion, and whether it passes then.
type Change = (&'static str, fn(Jwt, i64, &str) -> Jwt, bool);

/// The second value is the time, the third the issuer.
const CHANGES: &[Change] = &[
    ("as it is", |jwt, _, _| jwt, true),
    ("signed with RS256", |jwt, _, _| jwt.header("alg", "RS256"), false),
    ("ended five minutes ago", |jwt, now, _| jwt.claim("exp", now - 300), false),
    ("for somebody else", |jwt, _, _| jwt.claim("aud", "https://somebody.else"), false),
    ("without sub", |jwt, _, _| jwt.without_claim("sub"), false),
    ("begins in 8 s", |jwt, now, _| jwt.claim("nbf", now + 8).claim("iat", now + 8), true),
    ("begins in 70 s", |jwt, now, _| jwt.claim("nbf", now + 70), false),
    ("for an array of the issuer", |jwt, _, issuer| jwt.claim("aud", json!([issuer])), false),
    (
        "for the endpoint of pushed requests",
        |jwt, _, issuer| jwt.claim("aud", format!("{issuer}/connect/par")),
        false,
    ),
    ("for the token endpoint", |jwt, _, issuer| jwt.claim("aud", format!("{issuer}/connect/token")), false),
];

#[tokio::test]
async fn an_assertion_is_the_clients_for_this_issuer_and_this_moment_at_both_endpoints() {
    let suite = Suite::new().await;
    let (now, issuer) = (suite.login.desk.now().seconds(), suite.login.desk.running.issuer().as_str());
    for (what, change, passes) in CHANGES {
        let push =
            suite.asserted(suite.login.signed(suite.login.parameters()), |jwt| change(jwt, now, issuer));
        let (status, answer) = suite.pushes(&push).await;
        assert_eq!(status.is_success(), *passes, "pushed, {what}: {answer}");
        let code = suite.login.code().await;
        let redeem = suite.asserted(suite.login.redemption(&code).await, |jwt| change(jwt, now, issuer));
        let (status, told) = suite.login.desk.answer(&redeem).await;
        assert_eq!(status.is_success(), *passes, "redeemed, {what}: {told}");
        if !passes {
            assert_eq!(
                (&answer["error"], &told["error"]),
                (&json!("invalid_client"), &json!("invalid_client")),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_needs_an_assertion_of_the_client_that_the_request_names() {
    let suite = Suite::new().await;
    let code = suite.login.code().await;
    let sent = suite.login.redemption(&code).await;
    let without = crate::json(suite.login.form("/connect/token", &sent.form).send().await.unwrap()).await;
    assert_eq!(without["error"], "invalid_client");
    let named = with(sent.form, "client_id", SECOND);
    suite.refuses("invalid_client", &Sent { form: named, ..suite.login.redemption(&code).await }).await;
    suite.login.granted(&suite.login.redemption(&code).await).await;
}

#[tokio::test]
async fn there_is_no_token_without_a_proof() {
    let suite = Suite::new().await;
    let code = suite.login.code().await;
    suite.refuses("invalid_request", &Sent { proof: None, ..suite.login.redemption(&code).await }).await;
    suite.login.granted(&suite.login.redemption(&code).await).await;
}
