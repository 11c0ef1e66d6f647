//! Logout tokens: each rule broken alone.

use helseid_protocol::forge::Jwt;
use helseid_protocol::rule::{Rule, Trail};
use serde_json::json;

use super::world::{World, subject};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_logout_token_names_the_session_and_the_person() {
    let world = World::new();
    let form = world.authority.logout_form("the-session", |jwt| jwt);
    let token = world.login.logout_token(Some(FORM), form.as_bytes()).await.unwrap();
    assert_eq!(token.session_id().map(|sid| sid.as_str()), Some("the-session"));
    assert_eq!(token.subject(), Some(&subject()));
    let trail = &mut Trail::new();
    token.require_first_use(false, trail).unwrap();
    assert_eq!(token.require_first_use(true, trail).unwrap_err().rule(), Rule::LogoutTokenJtiOnce);
}

#[tokio::test]
async fn each_breach_of_a_logout_token_has_its_rule() {
    let world = World::new();
    let now = world.login.now().seconds();
    type Change = fn(Jwt, i64) -> Jwt;
    let changes: [(Change, Rule); 12] = [
        (|jwt, _| jwt.header("typ", "JWT"), Rule::LogoutTokenTyp),
        (|jwt, _| jwt.header("alg", "none"), Rule::LogoutTokenAlg),
        (|jwt, _| jwt.header("alg", "HS256"), Rule::LogoutTokenAlg),
        (|jwt, _| jwt.header("kid", "another"), Rule::LogoutTokenKid),
        (|jwt, _| jwt.claim("iss", "https://another.example"), Rule::LogoutTokenIss),
        (|jwt, _| jwt.claim("aud", json!(["test-client", "another"])), Rule::LogoutTokenAud),
        (|jwt, now| jwt.claim("iat", now + 11), Rule::LogoutTokenIat),
        (|jwt, now| jwt.claim("exp", now - 11), Rule::LogoutTokenExp),
        (|jwt, _| jwt.without_claim("sub").without_claim("sid"), Rule::LogoutTokenSubject),
        (|jwt, _| jwt.claim("events", json!({})), Rule::LogoutTokenEvents),
        (|jwt, _| jwt.claim("nonce", "a"), Rule::LogoutTokenNonce),
        (|jwt, _| jwt.without_claim("jti"), Rule::LogoutTokenJti),
    ];
    for (change, rule) in changes {
        let form = world.authority.logout_form("the-session", |jwt| change(jwt, now));
        let error = world.login.logout_token(Some(FORM), form.as_bytes()).await.expect_err(rule.id());
        assert_eq!(error.rule(), Some(rule));
    }
    let form = world.authority.logout_form("the-session", |jwt| jwt);
    let changed = format!("{}AAAA", form.trim_end_matches(|last: char| last != '.'));
    for (content_type, form, rule) in [
        (None, &*form, Rule::LogoutTokenForm),
        (Some("application/json"), &*form, Rule::LogoutTokenForm),
        (Some(FORM), "", Rule::LogoutTokenForm),
        (Some(FORM), &*changed, Rule::LogoutTokenSignature),
    ] {
        let error = world.login.logout_token(content_type, form.as_bytes()).await.unwrap_err();
        assert_eq!(error.rule(), Some(rule), "{form}");
    }
}
