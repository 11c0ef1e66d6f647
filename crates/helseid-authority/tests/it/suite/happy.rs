//! The metadata, a whole login of each client, and what a person may answer.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::world::*;
use crate::desk::{Sent, new_key};
use crate::json as read;
use crate::login::world::*;

#[tokio::test]
async fn the_metadata_have_what_the_suite_looks_for() {
    let suite = Suite::new().await;
    let url = suite.login.desk.url("/.well-known/openid-configuration");
    let metadata = read(suite.login.browser.get(url).send().await.unwrap()).await;
    let issuer = suite.login.desk.running.issuer().as_str();
    assert!(metadata["issuer"] == issuer && issuer.starts_with("https://"));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
    assert!(metadata["pushed_authorization_request_endpoint"].as_str().unwrap().starts_with("https://"));
    let keys = metadata["jwks_uri"].as_str().unwrap();
    assert!(keys.starts_with("https://"), "{keys}");
    let keys = read(suite.login.browser.get(keys).send().await.unwrap()).await;
    assert!(!keys["keys"].as_array().unwrap().is_empty());
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["token_endpoint_auth_methods_supported"], json!(["private_key_jwt"]));
    for list in [
        "token_endpoint_auth_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
    ] {
        let listed = metadata[list].as_array().unwrap_or_else(|| panic!("{list}"));
        let allowed = ["PS256", "ES256", "EdDSA", "Ed25519"];
        assert!(!listed.is_empty(), "{list}");
        assert!(listed.iter().all(|name| allowed.contains(&name.as_str().unwrap())), "{list}: {listed:?}");
    }
    assert!(metadata["scopes_supported"].as_array().unwrap().contains(&json!("openid")));
    assert_eq!(metadata["subject_types_supported"], json!(["public"]));
    assert!(metadata.get("userinfo_signing_alg_values_supported").is_none());
    // The claims parameter is not offered, so that the suite leaves its test out.
    assert_ne!(metadata["claims_parameter_supported"], true);
}

#[tokio::test]
async fn both_clients_log_in_over_tls_and_the_token_opens_userinfo() {
    let suite = Suite::new().await;
    let desk = &suite.login.desk;
    let nonce = "n".repeat(43);
    let (status, pushed) =
        suite.pushes(&suite.login.signed(with(suite.login.parameters(), "nonce", &nonce))).await;
    assert_eq!(status, StatusCode::CREATED, "{pushed}");
    let name = pushed["request_uri"].as_str().unwrap();
    assert!(
        pushed["expires_in"].as_i64().unwrap() < 600 && random_bits(name.rsplit(':').next().unwrap()) >= 96
    );
    let back = sent_back(&suite.login.visit_named(name).await);
    assert_eq!(back.get("iss"), Some(desk.running.issuer().as_str()));
    assert!(back.code().len() >= 22);
    let granted = suite.login.granted(&suite.login.redemption(back.code()).await).await;
    assert_eq!(granted["token_type"], "DPoP");
    let header: Value = header(granted["id_token"].as_str().unwrap());
    assert!(
        header["kid"].is_string() && ["PS256", "ES256", "EdDSA"].contains(&header["alg"].as_str().unwrap())
    );
    let id = claims(&granted["id_token"]);
    assert_eq!((&id["nonce"], &id["aud"]), (&json!(nonce), &json!("the-client")));

    let token = granted["access_token"].as_str().unwrap();
    for accept in ["application/json", "*/*", "application/json;charset=utf-8,application/json"] {
        let answer = desk.call(Method::GET, "/connect/userinfo", token).header("accept", accept);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{accept}");
        assert!(answer.headers().contains_key("date"));
        assert_eq!(read(answer).await["sub"], id["sub"]);
    }
    let in_the_query = suite.login.browser.get(desk.url(&format!("/connect/userinfo?access_token={token}")));
    let proof = suite.proof(token).sign(&desk.proof_key);
    assert_eq!(in_the_query.header("dpop", proof).send().await.unwrap().status(), StatusCode::BAD_REQUEST);

    // The second client names its proofs' key, and brings the first proof with the code.
    let own = desk.proof_key.public().thumbprint().to_string();
    let form = with(with(suite.login.parameters(), "client_id", SECOND), "dpop_jkt", &own);
    let (status, pushed) = suite.pushes(&suite.by_second(suite.login.signed(form))).await;
    assert_eq!(status, StatusCode::CREATED, "{pushed}");
    let named = [("client_id", SECOND), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    let back = sent_back(&suite.login.visit(&named).await);
    let granted = suite.login.granted(&suite.by_second(suite.login.redemption(back.code()).await)).await;
    assert_eq!(claims(&granted["id_token"])["aud"], SECOND);
}

#[tokio::test]
async fn who_says_no_is_sent_back_with_access_denied() {
    let suite = Suite::new().await;
    let name = suite.login.pushed(with(suite.login.parameters(), "test_pid", "")).await;
    let page = suite.login.visit_named(&name).await;
    let cookies: Vec<_> = cookies(&page).iter().map(|cookie| first(cookie)).collect();
    let html = page.text().await.unwrap();
    let hidden = ["visit", "csrf", "state"].map(|name| (name, field(&html, name)));
    let form = [&hidden[..], &[("action", "cancel".to_owned())]].concat();
    let answer = suite.login.form("/login", &form).header("cookie", cookies.join("; ")).send().await.unwrap();
    let back = sent_back(&answer);
    assert_eq!((back.get("error"), back.get("code")), (Some("access_denied"), None));
    assert_eq!(back.get("state"), Some("the state"));
    assert_eq!(back.get("iss"), Some(suite.login.desk.running.issuer().as_str()));
}

#[tokio::test]
async fn no_page_of_another_origin_may_read_an_answer() {
    let suite = Suite::new().await;
    let (desk, origin) = (&suite.login.desk, "https://evil.example");
    let unread = |answer: &Response, what: &str| {
        let allowed = answer.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(allowed, None, "{what}");
    };
    for path in [
        "/connect/authorize",
        "/connect/par",
        "/connect/token",
        "/connect/userinfo",
        "/connect/endsession",
        "/connect/introspect",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration/jwks",
    ] {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let request = suite.login.browser.request(method.clone(), desk.url(path));
            let answer = request.header("origin", origin).send().await.unwrap();
            unread(&answer, &format!("{method} {path}"));
        }
    }
    // Nor what is granted.
    let redemption = suite.login.redemption(&suite.login.code().await).await;
    let granted = desk.post(&redemption).header("origin", origin).send().await.unwrap();
    assert_eq!(granted.status(), StatusCode::OK);
    unread(&granted, "a token");
    let granted = read(granted).await;
    let token = granted["access_token"].as_str().unwrap();
    let request = suite.login.browser.get(desk.url("/connect/userinfo")).header("origin", origin);
    let request = request.header("dpop", suite.proof(token).sign(&desk.proof_key));
    let person = request.header("authorization", format!("DPoP {token}")).send().await.unwrap();
    assert_eq!(person.status(), StatusCode::OK);
    unread(&person, "userinfo");
}

#[tokio::test]
async fn a_code_is_good_for_the_key_alone_that_was_pushed_by_name_or_by_proof() {
    let suite = Suite::new().await;
    let desk = &suite.login.desk;
    let nonce = desk.nonce().await;
    let proof = || desk.proof(&Method::POST, "/connect/par", Some(&nonce), None);
    let other = new_key();
    let jwk = Value::Object(other.public().members().clone());

    // A name of another key than that of the proof beside it.
    let form = with(suite.login.parameters(), "dpop_jkt", &other.public().thumbprint().to_string());
    let both = Sent { proof: Some(proof().sign(&desk.proof_key)), ..suite.login.signed(form) };
    suite.refuses_to_push("invalid_request", &both).await;

    // By name alone, by proof alone, and by both: the own key opens the code, another does not.
    let own = desk.proof_key.public().thumbprint().to_string();
    for (named, proved) in [(true, false), (false, true), (true, true)] {
        let form = with(suite.login.parameters(), "dpop_jkt", if named { &own } else { "" });
        let proof = proved.then(|| proof().sign(&desk.proof_key));
        let (status, pushed) = suite.pushes(&Sent { proof, ..suite.login.signed(form) }).await;
        assert_eq!(status, StatusCode::CREATED, "{pushed}");
        let back = sent_back(&suite.login.visit_named(pushed["request_uri"].as_str().unwrap()).await);
        let theirs =
            desk.proof(&Method::POST, "/connect/token", Some(&nonce), None).header("jwk", jwk.clone());
        let stolen = suite.login.redemption_with(back.code(), theirs.sign(&other));
        suite.refuses("invalid_dpop_proof", &stolen).await;
        suite.login.granted(&suite.login.redemption(back.code()).await).await;
    }
}

fn header(token: &str) -> Value {
    let header = helseid_protocol::jose::base64url::decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice(&header).unwrap()
}

/// At most six in each character of base64url.
fn random_bits(text: &str) -> usize {
    text.len() * 6
}
