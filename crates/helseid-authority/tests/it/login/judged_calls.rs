//! What a session of conformance says of those who call APIs with its tokens, and of those who exchange them.

use helseid_admin_api::RuleState;
use helseid_authority::Config;
use helseid_protocol::bounded::Bounded;
use helseid_protocol::endpoint::token::ACCESS_TOKEN_TYPE;
use helseid_protocol::forge::Jwt;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{Audience, ClientId};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::judged::{Form, Judged, form};
use super::world::*;
use crate::desk::{READ, new_key};

const PATIENTS: &str = "/api/patients/7";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// A client that may exchange its own tokens.
async fn world() -> Login {
    world_with(Config::in_memory()).await
}

async fn world_with(config: Config) -> Login {
    Login::with(config, |client| {
        let own = Audience::parse("norsk-helsenett:python-sample-api").unwrap();
        client.own_audiences = Bounded::of([own]).unwrap();
        client.may_be_exchanged_by = Bounded::of([ClientId::parse("the-client").unwrap()]).unwrap();
        client.grant_types = GrantType::ALL.into_iter().collect();
    })
    .await
}

/// A call before it is sent: the scheme, the token, and the proof with its key.
pub(super) struct Call {
    method: Method,
    scheme: &'static str,
    token: String,
    proof: Option<Jwt>,
    has_own_key: bool,
}

impl Judged<'_> {
    pub(super) async fn machine(&self) -> String {
        let asked = form([("grant_type", "client_credentials"), ("scope", READ)]);
        let (status, answer) = self.token(asked).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// A good call of the session's API.
    pub(super) fn call(&self, token: &str) -> Call {
        let proof = self.login.desk.proof(&Method::GET, &self.path(PATIENTS), None, Some(token));
        let (method, scheme, token) = (Method::GET, "DPoP", token.to_owned());
        Call { method, scheme, token, proof: Some(proof), has_own_key: true }
    }

    pub(super) async fn send(&self, call: &Call) -> StatusCode {
        let desk = &self.login.desk;
        let request = self.login.browser.request(call.method.clone(), desk.url(&self.path(PATIENTS)));
        let request = request.header("host", self.login.host());
        let request = request.header("authorization", format!("{} {}", call.scheme, call.token));
        let request = match &call.proof {
            Some(proof) if call.has_own_key => request.header("dpop", proof.sign(&desk.proof_key)),
            // Its jwk is that of the other key.
            Some(proof) => {
                let other = new_key();
                let jwk = serde_json::Value::Object(other.public().members().clone());
                request.header("dpop", proof.clone().header("jwk", jwk).sign(&other))
            }
            None => request,
        };
        request.send().await.unwrap().status()
    }

    fn exchange(&self, token: &str) -> Form {
        form([
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN_TYPE),
            ("scope", READ),
        ])
    }
}

#[tokio::test]
async fn good_calls_keep_every_rule_that_they_come_by_and_the_rest_is_told() {
    let login = world().await;
    let judged = Judged::at_new_session(&login).await;
    assert_eq!(judged.at("api").requests, 0);
    let token = judged.machine().await;
    assert_eq!(judged.send(&judged.call(&token)).await, StatusCode::OK);
    let post = judged.login.desk.proof(&Method::POST, &judged.path(PATIENTS), None, Some(&token));
    let post = Call { method: Method::POST, proof: Some(post), ..judged.call(&token) };
    assert_eq!(judged.send(&post).await, StatusCode::OK);
    let (report, api) = (judged.report(), judged.at("api"));
    assert!(report.is_kept() && api.broken.is_empty() && api.warned.is_empty(), "{report}");
    assert_eq!((api.requests, api.granted), (2, 2));
    for rule in
        ["token.signature", "token.aud", "dpop.htu", "dpop.ath", "dpop.jkt", "dpop.jti_once", "api.scope"]
    {
        assert!(api.kept.iter().any(|kept| kept == rule), "{rule}: {api:?}");
    }
    for rule in ["api.person", "api.bound_token", "dpop.nonce"] {
        assert!(api.not_exercised.iter().any(|other| other == rule), "{rule}: {api:?}");
    }
    // Neither is anything of the token in the report, nor is the report of the token requests any other.
    let text = format!("{report}{}", serde_json::to_string(&report).unwrap());
    assert!(token.split('.').all(|part| !text.contains(part)), "{text}");
    assert_eq!((report.requests, report.granted), (2, 1));
    // Whoever has no credentials yet is told which to bring, and breaks nothing.
    let bare = judged.login.browser.get(judged.login.desk.url(&judged.path("/api")));
    let bare = bare.header("host", judged.login.host()).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    assert!(bare.headers()["www-authenticate"].to_str().unwrap().starts_with("DPoP"));
    assert_eq!(judged.at("api").requests, 2);
}

#[tokio::test]
async fn a_call_is_judged_whatever_its_body_is() {
    let login = world().await;
    let judged = Judged::at_new_session(&login).await;
    let token = judged.machine().await;
    let desk = &login.desk;
    let sent = async |authorization: &str| {
        let path = judged.path(PATIENTS);
        let proof = desk.proof(&Method::POST, &path, None, Some(&token)).sign(&desk.proof_key);
        let post = login.browser.post(desk.url(&path)).header("host", login.host());
        let post = post.header("authorization", authorization).header("dpop", proof);
        post.body(vec![b'x'; 2 * 1024 * 1024]).send().await.unwrap().status()
    };
    assert_eq!(sent(&format!("DPoP {token}")).await, StatusCode::OK);
    assert_eq!((judged.at("api").requests, judged.at("api").granted), (1, 1));
    assert_eq!(sent("DPoP eyJ.no.token").await, StatusCode::UNAUTHORIZED);
    judged.is(RuleState::Broken, "token.form", "api");
}

#[tokio::test]
async fn each_breach_of_a_call_is_told_at_the_api_and_by_its_rule_alone() {
    type Breach = fn(Call) -> Call;
    fn with_proof(call: Call, change: impl FnOnce(Jwt) -> Jwt) -> Call {
        Call { proof: call.proof.map(change), ..call }
    }
    let login = world().await;
    let breaches: [(&str, Breach); 10] = [
        ("api.proof", |call| Call { proof: None, ..call }),
        ("api.scheme", |call| Call { scheme: "Bearer", proof: None, ..call }),
        ("dpop.htm", |call| Call { method: Method::POST, ..call }),
        ("dpop.htu", |call| with_proof(call, |proof| proof.claim("htu", "https://other.example/"))),
        ("dpop.ath", |call| with_proof(call, |proof| proof.without_claim("ath"))),
        ("dpop.iat", |call| with_proof(call, |proof| proof.claim("iat", 1))),
        ("dpop.typ", |call| with_proof(call, |proof| proof.header("typ", "JWT"))),
        ("dpop.jkt", |call| Call { has_own_key: false, ..call }),
        ("token.form", |call| Call { token: "eyJ.no.token".to_owned(), ..call }),
        ("token.signature", |call| Call {
            token: format!("{}AAAA", &call.token[..call.token.len() - 4]),
            ..call
        }),
    ];
    for (rule, breach) in breaches {
        let judged = Judged::at_new_session(&login).await;
        let token = judged.machine().await;
        let broken = breach(judged.call(&token));
        // The hash in the proof is that of the token that is sent.
        let ath = helseid_protocol::dpop::token_hash(&broken.token);
        let broken = match rule {
            "dpop.ath" => broken,
            _ => with_proof(broken, |proof| proof.claim("ath", ath)),
        };
        judged.send(&broken).await;
        judged.is(RuleState::Broken, rule, "api");
    }
}

#[tokio::test]
async fn a_proof_that_is_sent_twice_and_a_token_that_is_not_the_sessions_are_breaches() {
    let login = world().await;
    let judged = Judged::at_new_session(&login).await;
    let call = judged.call(&judged.machine().await);
    assert_eq!(judged.send(&call).await, StatusCode::OK);
    judged.send(&call).await;
    judged.is(RuleState::Broken, "dpop.jti_once", "api");

    let judged = Judged::at_new_session(&login).await;
    judged.machine().await;
    let of_the_authority = judged.login.desk.token(READ).await;
    assert_eq!(judged.send(&judged.call(&of_the_authority)).await, StatusCode::UNAUTHORIZED);
    judged.is(RuleState::Broken, "token.iss", "api");

    let judged = Judged::at_new_session(&login).await;
    let token = judged.machine().await;
    judged.login.desk.forward(700);
    judged.send(&judged.call(&token)).await;
    judged.is(RuleState::Broken, "token.exp", "api");
}

/// The newest 200 requests of a client are kept, and calls are counted apart.
#[tokio::test]
async fn many_calls_crowd_out_no_token_request() {
    let login = world().await;
    let judged = Judged::at_new_session(&login).await;
    let token = judged.machine().await;
    for _ in 0..250 {
        assert_eq!(judged.send(&judged.call(&token)).await, StatusCode::OK);
    }
    let report = judged.report();
    assert_eq!((report.requests, report.granted, judged.at("api").requests), (2, 1, 200));
}

#[tokio::test]
async fn an_exchange_is_judged_by_its_rules_and_what_it_gives_calls_on() {
    let login = world().await;
    let judged = Judged::at_new_session(&login).await;
    let token = judged.machine().await;
    let (status, answer) = judged.token(judged.exchange(&token)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let exchanged = judged.at(EXCHANGE);
    assert!(exchanged.granted == 1 && exchanged.broken.is_empty(), "{exchanged:?}");
    for rule in ["exchange.subject_token", "exchange.audience", "exchange.permitted", "exchange.scope"] {
        assert!(exchanged.kept.iter().any(|kept| kept == rule), "{rule}: {exchanged:?}");
    }
    let next = answer["access_token"].as_str().unwrap();
    assert_eq!(claims(&json!(next))["act"]["client_id"], "the-client");
    assert_eq!(judged.send(&judged.call(next)).await, StatusCode::OK);
    assert!(judged.report().is_kept());
}

#[tokio::test]
async fn each_breach_of_an_exchange_is_told_at_its_grant() {
    let login = world().await;
    for (name, value, rule) in [
        ("subject_token", "not a token", "exchange.subject_token"),
        ("subject_token", "", "exchange.subject_token"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token", "exchange.subject_token_type"),
        (
            "requested_token_type",
            "urn:ietf:params:oauth:token-type:id_token",
            "exchange.requested_token_type",
        ),
        ("actor_token", "x", "exchange.actor_token"),
        ("scope", "", "exchange.scope"),
        ("scope", "nhn:bff-sample/api", "request.scope_allowed"),
    ] {
        let judged = Judged::at_new_session(&login).await;
        let token = judged.machine().await;
        judged.token(with(judged.exchange(&token), name, value)).await;
        judged.is(RuleState::Broken, rule, EXCHANGE);
    }
    // A token of the authority's own is none of the session's.
    let judged = Judged::at_new_session(&login).await;
    judged.machine().await;
    let foreign = judged.login.desk.token(READ).await;
    judged.token(judged.exchange(&foreign)).await;
    judged.is(RuleState::Broken, "exchange.subject_token", EXCHANGE);
}

#[tokio::test]
async fn how_often_a_token_is_exchanged_is_a_setting() {
    for most in [0, 1, 3, 4] {
        let login = world_with(Config::in_memory().max_exchanges(most)).await;
        let judged = Judged::at_new_session(&login).await;
        let mut token = judged.machine().await;
        for _ in 0..most {
            let (status, answer) = judged.token(judged.exchange(&token)).await;
            assert_eq!(status, StatusCode::OK, "{most}: {answer}");
            token = answer["access_token"].as_str().unwrap().to_owned();
        }
        assert!(judged.at(EXCHANGE).broken.is_empty());
        judged.token(judged.exchange(&token)).await;
        judged.is(RuleState::Broken, "exchange.count", EXCHANGE);
    }
}
