//! One request tells everything that a client does wrong, and only the session lets it go on.

use helseid_admin_api::{ConformanceReport, RuleState};
use helseid_protocol::rule::Profile;
use reqwest::StatusCode;

use crate::desk::{Desk, READ, Sent, new_key};

fn state(report: &ConformanceReport, rule: &str) -> RuleState {
    report.rules.iter().find(|found| found.rule == rule).unwrap().state
}

fn report(desk: &Desk, session: &str) -> ConformanceReport {
    desk.running.conformance(session).unwrap()
}

/// A request to a session, without a proof and nonce, with this assertion.
async fn send(desk: &Desk, session: &ConformanceReport, sent: &Sent) -> StatusCode {
    let path = format!("/{}/connect/token", session.session);
    desk.post_to(&path, sent).send().await.unwrap().status()
}

#[tokio::test]
async fn a_client_of_2021_goes_on_and_each_of_its_breaches_is_told() {
    let desk = Desk::new().await;
    let session = desk.running.open_conformance(Profile::Helseid).await.unwrap();
    let mut sent = desk.sent(READ).await;
    sent.proof = None;
    let assertion = desk.assertion().header("typ", "JWT").claim("aud", session.issuer.at("/connect/token"));
    sent.assertion = assertion.claim("exp", desk.now().seconds() + 600).sign(&desk.key);
    assert_eq!(send(&desk, &session, &sent).await, StatusCode::OK);
    let report = report(&desk, &session.session);
    for broken in ["assertion.typ", "assertion.aud", "assertion.lifetime", "dpop.present"] {
        assert_eq!(state(&report, broken), RuleState::Broken, "{broken}");
    }
    assert_eq!(report.count(RuleState::Broken), 4);
    assert_eq!(state(&report, "assertion.signature"), RuleState::Kept);
    assert_eq!(state(&report, "dpop.htu"), RuleState::NotExercised);
    assert!(!report.is_kept());
    // The authority itself lets nothing pass.
    let (status, _) = desk.answer(&sent).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_session_takes_no_other_key_and_no_unknown_client() {
    let desk = Desk::new().await;
    let session = desk.running.open_conformance(Profile::Legacy).await.unwrap();
    let aud = session.issuer.as_str();
    for (assertion, rule) in [
        (desk.assertion().claim("aud", aud).sign(&new_key()), "assertion.kid"),
        (
            desk.assertion().claim("aud", aud).claim("iss", "x").claim("sub", "x").sign(&desk.key),
            "assertion.client",
        ),
        (
            desk.assertion().claim("aud", aud).sign_then_claim(&desk.key, "jti", "another"),
            "assertion.signature",
        ),
    ] {
        let mut sent = desk.sent(READ).await;
        sent.proof = None;
        sent.assertion = match rule {
            "assertion.kid" => {
                desk.assertion().claim("aud", aud).header("kid", "no-such-key").sign(&new_key())
            }
            _ => assertion,
        };
        assert_eq!(send(&desk, &session, &sent).await, StatusCode::BAD_REQUEST, "{rule}");
        assert_eq!(state(&report(&desk, &session.session), rule), RuleState::Broken, "{rule}");
    }
    assert_eq!(report(&desk, &session.session).granted, 0);
}

#[tokio::test]
async fn a_client_that_never_comes_back_with_the_nonce_breaks_that_rule() {
    let desk = Desk::new().await;
    let session = desk.running.open_conformance(Profile::Helseid).await.unwrap();
    let mut sent = desk.sent(READ).await;
    sent.assertion = desk.assertion().claim("aud", session.issuer.as_str()).sign(&desk.key);
    let path = format!("/{}/connect/token", session.session);
    sent.proof = Some(desk.proof(&reqwest::Method::POST, &path, None, None).sign(&desk.proof_key));
    assert_eq!(send(&desk, &session, &sent).await, StatusCode::BAD_REQUEST);
    assert_eq!(state(&report(&desk, &session.session), "dpop.nonce"), RuleState::Broken);
}

#[tokio::test]
async fn sessions_are_opened_reported_and_ended_by_the_admin_api() {
    let desk = Desk::new().await;
    let wanted = serde_json::json!({ "profile": "fapi2" });
    let (status, opened) = desk.admin(reqwest::Method::POST, "/conformance", Some(&wanted)).await;
    assert_eq!((status, &opened["profile"]), (StatusCode::CREATED, &"fapi2".into()));
    let path = format!("/conformance/{}", opened["session"].as_str().unwrap());
    assert_eq!(desk.admin(reqwest::Method::GET, &path, None).await.1["requests"], 0);
    let inserted = format!("/.well-known/oauth-authorization-server/{}", opened["session"].as_str().unwrap());
    let metadata = crate::http().get(desk.url(&inserted)).send().await.unwrap();
    assert_eq!(crate::json(metadata).await["issuer"], opened["issuer"], "RFC 8414 section 3.1");
    assert_eq!(desk.admin(reqwest::Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(desk.admin(reqwest::Method::GET, &path, None).await.0, StatusCode::NOT_FOUND);
    let gone =
        crate::http().get(format!("{}/.well-known/openid-configuration", opened["issuer"].as_str().unwrap()));
    assert_eq!(gone.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
