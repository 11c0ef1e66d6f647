//! What the API of a session demands, and how such a session is opened.

use helseid_admin_api::{RuleState, SessionApi, SessionDemands};
use helseid_authority::Config;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{SCOPES_WITH_HPR, WITHOUT_HPR};
use crate::desk::READ;
use crate::login::attested::attestation;
use crate::login::judged::{Judged, form};
use crate::login::world::{Login, OTHER};

#[tokio::test]
async fn what_the_sessions_api_demands_is_told_by_its_rule_and_its_challenge() {
    let organised = |client: &mut helseid_admin_api::ClientRegistration| {
        client.org_parent = Some("994598759".parse().unwrap());
        client.tenancy = helseid_protocol::claims::ClientTenancy::SingleTenant;
    };
    let (bare, named) = (Login::new().await, Login::with(Config::in_memory(), organised).await);
    let none = SessionDemands::default();
    let (level4, old) = (Some("4".parse().unwrap()), Some(1));
    let attested = || Some(attestation("d", true));
    type Breach<'a> = (&'a str, SessionDemands, &'a str);
    let breaches: [Breach<'_>; 6] = [
        ("api.person", SessionDemands { person: true, ..none }, "insufficient_user_authentication"),
        ("api.security_level", SessionDemands { security_level: level4, ..none }, "acr_values=\"Level4\""),
        ("api.hpr_number", SessionDemands { hpr_number: true, ..none }, "insufficient_scope"),
        ("api.attestation", SessionDemands { attestation_minutes: old, ..none }, "insufficient_scope"),
        (
            "api.attestation_age",
            SessionDemands { attestation_minutes: old, ..none },
            "attestation_has_expired",
        ),
        ("api.organisation", SessionDemands { organisation: true, ..none }, "insufficient_scope"),
    ];
    for (rule, requires, asked) in breaches {
        // First a caller who has what is demanded.
        let judged = Judged::demanding(&named, requires).await;
        let token = judged.person(&[("scope", SCOPES_WITH_HPR)], attested()).await;
        let (status, _, text) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
        assert_eq!(status, StatusCode::OK, "{rule}: {text}");
        let kept = judged.at("api").kept;
        assert!(judged.report().is_kept() && kept.iter().any(|kept| kept == rule), "{rule}: {kept:?}");

        let judged = Judged::demanding(&bare, requires).await;
        let token = match rule {
            "api.person" => judged.machine().await,
            "api.security_level" => judged.person(&[("test_security_level", "3")], None).await,
            "api.attestation_age" => judged.person(&[], attested()).await,
            "api.hpr_number" => judged.person(&[("test_pid", WITHOUT_HPR)], None).await,
            _ => judged.person(&[], None).await,
        };
        bare.desk.forward(100);
        let (status, told, text) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
        assert!(told.contains(asked), "{rule}: {status} {told} {text}");
        judged.is(RuleState::Broken, rule, "api");
    }
}

#[tokio::test]
async fn one_call_tells_every_demand_that_it_does_not_meet() {
    let login = Login::new().await;
    let level = Some("4".parse().unwrap());
    let requires = SessionDemands { security_level: level, organisation: true, ..SessionDemands::default() };
    let judged = Judged::demanding(&login, requires).await;
    let token = judged.person(&[("test_security_level", "3")], None).await;
    let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, None)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(judged.at("api").broken, ["api.security_level", "api.organisation"]);
}

#[tokio::test]
async fn an_api_with_nonces_gives_one_and_takes_no_other() {
    let login = Login::new().await;
    let requires = SessionDemands { nonce: true, ..SessionDemands::default() };
    let judged = Judged::demanding(&login, requires).await;
    let token = judged.machine().await;
    let first = judged.good(Method::GET, "/api/a", &token, None).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::UNAUTHORIZED);
    assert!(first.headers()["www-authenticate"].to_str().unwrap().contains("use_dpop_nonce"));
    let nonce = first.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    assert_eq!(judged.at("api").broken, ["dpop.nonce"]);
    // That of the token endpoint is none of the API's.
    let path = judged.path("/connect/token");
    let proof = login.desk.proof(&Method::POST, &path, None, None).sign(&login.desk.proof_key);
    let asked = form([("grant_type", "client_credentials"), ("scope", READ)]);
    let sent = crate::desk::Sent { proof: Some(proof), ..judged.signed(asked) };
    let others = login.desk.post_to(&path, &sent).send().await.unwrap();
    let others = others.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, Some(&others))).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let (status, ..) = judged.told(judged.good(Method::GET, "/api/a", &token, Some(&nonce))).await;
    assert_eq!(status, StatusCode::OK);
    let api = judged.at("api");
    assert!(api.broken.is_empty() && api.kept.iter().any(|rule| rule == "dpop.nonce"), "{api:?}");
    // An older one is good, and the answer has a new one.
    login.desk.forward(200);
    let token = judged.machine().await;
    let nonce = judged.good(Method::GET, "/api/a", &token, None).send().await.unwrap();
    let nonce = nonce.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    login.desk.forward(i64::try_from(helseid_protocol::dpop::NONCE_LIFETIME.as_secs()).unwrap() / 2);
    let answer = judged.good(Method::GET, "/api/a", &token, Some(&nonce)).send().await.unwrap();
    assert!(answer.status() == StatusCode::OK && answer.headers()["dpop-nonce"] != *nonce);
}

#[tokio::test]
async fn a_session_that_is_one_api_takes_no_token_for_another() {
    let login = Login::new().await;
    let audience = Some("norsk-helsenett:python-sample-api".parse().unwrap());
    let judged = Judged::with_api(&login, SessionApi { audience, ..SessionApi::default() }).await;
    let token = judged.machine().await;
    assert_eq!(judged.told(judged.good(Method::GET, "/api", &token, None)).await.0, StatusCode::OK);
    let (status, answer) = judged.token(form([("grant_type", "client_credentials"), ("scope", OTHER)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let other = answer["access_token"].as_str().unwrap();
    judged.told(judged.good(Method::GET, "/api", other, None)).await;
    judged.is(RuleState::Broken, "token.aud", "api");
}

#[tokio::test]
async fn a_session_is_opened_with_an_api_over_http_and_what_cannot_be_is_refused() {
    let login = Login::new().await;
    let asked = json!({ "api": {
        "upstream": "http://localhost:5000", "credentials": "as_bearer",
        "requires": { "person": true, "attestation_minutes": 30 },
    } });
    let (status, opened) = login.desk.admin(Method::POST, "/conformance", Some(&asked)).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    assert_eq!(opened["api"]["upstream"], "http://localhost:5000");
    assert_eq!(opened["api"]["requires"]["attestation_minutes"], 30);
    let own = login.desk.running.issuer().as_str();
    for (wrong, why) in [
        (json!({ "upstream": "http://10.0.0.1" }), "it is http, and not on loopback"),
        (json!({ "upstream": format!("{own}/x") }), "it is the authority's own"),
        (json!({ "upstream": "https://user:secret@api.example" }), "user name or a password"),
        (json!({ "audience": "nhn:unknown" }), "there is no API nhn:unknown"),
        (json!({ "requires": { "attestation_minutes": 0 } }), "from 1 to 1440 minutes"),
    ] {
        let asked = json!({ "api": wrong });
        let (status, problem) = login.desk.admin(Method::POST, "/conformance", Some(&asked)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert!(problem.to_string().contains(why) && !problem.to_string().contains("secret"), "{problem}");
    }
}
