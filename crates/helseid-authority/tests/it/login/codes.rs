//! A code is redeemed once, by its client.

use helseid_admin_api::ClientRegistration;
use helseid_authority::Config;
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::world::*;
use crate::desk::{READ, Sent, new_key};

#[tokio::test]
async fn a_person_logs_in_and_the_client_gets_all_three_tokens_and_new_ones() {
    let login = Login::new().await;
    let back = login.log_in(login.parameters()).await;
    assert_eq!((back.get("state"), back.get("own")), (Some("the state"), Some("1")));
    assert_eq!(back.get("iss"), Some(login.desk.running.issuer().as_str()));
    assert!(back.code().len() == 66 && back.code().ends_with("-1"), "{}", back.code());

    let answer = login.granted(&login.redemption(back.code()).await).await;
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("DPoP"), &json!(600)));
    assert_eq!(answer["rt_expires_in"], 28_800);
    let (access, id) = (claims(&answer["access_token"]), claims(&answer["id_token"]));
    assert_eq!(access["aud"], "norsk-helsenett:python-sample-api");
    assert_eq!(access["helseid://claims/identity/pid"], DOCTOR);
    assert_eq!(access["helseid://claims/hpr/hpr_number"], "565505933");
    assert_eq!(access["helseid://claims/identity/security_level"], "4");
    assert!(access["sub"].is_string() && access["sub"] == id["sub"] && access["sid"] == id["sid"]);
    assert_eq!(access["cnf"], json!({ "jkt": login.desk.proof_key.public().thumbprint() }));
    assert_eq!((&id["aud"], &id["nonce"]), (&json!("the-client"), &json!("the-nonce")));
    assert_eq!(
        (&id["name"], &id["helseid://claims/identity/pid"]),
        (&json!("Kvart Grevling"), &json!(DOCTOR))
    );
    assert!(id.get("helseid://claims/hpr/hpr_number").is_none() && id.get("scope").is_none());
    assert_eq!(id["auth_time"], json!(login.desk.now().seconds()));
    assert_eq!(id["exp"], json!(login.desk.now().seconds() + 300));

    login.desk.forward(100);
    let refreshed = login.granted(&login.refresh(answer["refresh_token"].as_str().unwrap()).await).await;
    assert_ne!(refreshed["refresh_token"], answer["refresh_token"]);
    assert_eq!(refreshed["rt_expires_in"], 28_700);
    let id_again = claims(&refreshed["id_token"]);
    assert!(id_again["sub"] == id["sub"] && id_again["auth_time"] == id["auth_time"]);
    assert!(id_again.get("nonce").is_none());
    let access_again = claims(&refreshed["access_token"]);
    assert_eq!(access_again["sid"], access["sid"]);
    assert_ne!(access_again["jti"], access["jti"]);
}

#[tokio::test]
async fn of_fifty_copies_of_a_code_at_once_at_most_one_gets_tokens_and_they_are_revoked() {
    let login = std::sync::Arc::new(Login::new().await);
    let code = login.code().await;
    let nonce = login.desk.nonce().await;
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (login, code, nonce) = (login.clone(), code.clone(), nonce.clone());
        copies.spawn(async move {
            let proof = login.desk.proof(&Method::POST, "/connect/token", Some(&nonce), None);
            let sent = login.redemption_with(&code, proof.sign(&login.desk.proof_key));
            login.desk.answer(&sent).await
        });
    }
    let mut granted = Vec::new();
    for (status, answer) in copies.join_all().await {
        match status {
            StatusCode::OK => granted.push(answer),
            _ => assert_eq!(answer["error"], "invalid_grant", "{answer}"),
        }
    }
    assert!(granted.len() <= 1, "{}", granted.len());
    for answer in granted {
        let refresh = login.refresh(answer["refresh_token"].as_str().unwrap()).await;
        login.breaks("refresh.revoked", "invalid_grant", &refresh).await;
    }
}

#[tokio::test]
async fn each_rule_of_a_code_is_broken_alone_and_what_is_refused_burns_no_code() {
    let login = Login::new().await;
    let code = login.code().await;
    let good = || async { login.redemption(&code).await };
    let but = async |name: &'static str, value: &str| {
        let sent = good().await;
        Sent { form: with(sent.form, name, value), ..sent }
    };
    login.breaks("code.present", "invalid_request", &but("code", "").await).await;
    login.breaks("code.known", "invalid_grant", &but("code", &code.replace('-', "0")).await).await;
    login
        .breaks("code.redirect_uri", "invalid_grant", &but("redirect_uri", "https://app.example/").await)
        .await;
    login.breaks("code.verifier", "invalid_grant", &but("code_verifier", "short").await).await;
    let other = VERIFIER.replace('1', "2");
    login.breaks("code.challenge", "invalid_grant", &but("code_verifier", &other).await).await;
    login.breaks("code.resource", "invalid_target", &but("resource", "nhn:elsewhere").await).await;
    // A request that is sent back for a nonce burns nothing either.
    let proof = login.desk.proof(&Method::POST, "/connect/token", None, None).sign(&login.desk.proof_key);
    let (_, answer) = login.desk.answer(&login.redemption_with(&code, proof)).await;
    assert_eq!(answer["error"], "use_dpop_nonce");
    let first = login.granted(&good().await).await;
    login.breaks("code.once", "invalid_grant", &good().await).await;
    let refresh = login.refresh(first["refresh_token"].as_str().unwrap()).await;
    login.breaks("refresh.revoked", "invalid_grant", &refresh).await;

    let late = login.code().await;
    login.desk.forward(60);
    login.breaks("code.expiry", "invalid_grant", &login.redemption(&late).await).await;
    login.desk.forward(3600);
    login.breaks("code.known", "invalid_grant", &login.redemption(&late).await).await;
}

#[tokio::test]
async fn a_code_is_bound_to_the_key_that_was_pushed() {
    let login = Login::new().await;
    let thumbprint = new_key().public().thumbprint().to_string();
    let back = login.log_in(with(login.parameters(), "dpop_jkt", &thumbprint)).await;
    login.breaks("code.dpop_jkt", "invalid_dpop_proof", &login.redemption(back.code()).await).await;
    let own = login.desk.proof_key.public().thumbprint().to_string();
    let back = login.log_in(with(login.parameters(), "dpop_jkt", &own)).await;
    login.granted(&login.redemption(back.code()).await).await;
}

#[tokio::test]
async fn tokens_are_for_one_api_of_those_that_were_asked_for() {
    let login = Login::new().await;
    let form = with(login.parameters(), "scope", &format!("{SCOPES} {OTHER}"));
    let back = login.log_in(form).await;
    let sent = login.redemption(back.code()).await;
    let sent = Sent { form: with(sent.form, "resource", "nhn:test-public-sample-api-1"), ..sent };
    let answer = login.granted(&sent).await;
    let access = claims(&answer["access_token"]);
    assert_eq!(access["aud"], "nhn:test-public-sample-api-1");
    let scopes = access["scope"].as_array().unwrap();
    assert!(
        scopes.contains(&json!(OTHER)) && !scopes.contains(&json!(READ)) && scopes.contains(&json!("openid"))
    );
    let sent = login.refresh(answer["refresh_token"].as_str().unwrap()).await;
    let sent = Sent { form: with(sent.form, "resource", "norsk-helsenett:python-sample-api"), ..sent };
    assert_eq!(
        claims(&login.granted(&sent).await["access_token"])["aud"],
        "norsk-helsenett:python-sample-api"
    );
}

#[tokio::test]
async fn another_client_gets_nothing_by_a_code_or_a_refresh_token_and_burns_neither() {
    let login = Login::new().await;
    let jwk = Value::Object(login.desk.key.public().members().clone());
    let mut other = ClientRegistration::new("another", ScopeSet::parse(READ).unwrap(), vec![jwk]);
    other.client_id = Some(helseid_protocol::id::ClientId::parse("another-client").unwrap());
    other.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
    other.login = serde_json::from_value(json!({ "redirect_uris": [CALLBACK] })).unwrap();
    login.desk.running.register(other).await.unwrap();
    let by_other = |sent: Sent| {
        let assertion = login.desk.assertion().claim("iss", "another-client").claim("sub", "another-client");
        Sent { assertion: assertion.sign(&login.desk.key), ..sent }
    };
    let code = login.code().await;
    login.breaks("code.client", "invalid_grant", &by_other(login.redemption(&code).await)).await;
    let answer = login.granted(&login.redemption(&code).await).await;
    let token = answer["refresh_token"].as_str().unwrap();
    login.breaks("refresh.client", "invalid_grant", &by_other(login.refresh(token).await)).await;
    let sent = by_other(login.signed(vec![("token", token.to_owned())]));
    assert_eq!(
        login.desk.post_to("/connect/revocation", &sent).send().await.unwrap().status(),
        StatusCode::OK
    );
    login.granted(&login.refresh(token).await).await;
}

#[tokio::test]
async fn a_code_is_worth_nothing_after_its_session_and_a_bound_login_stays_bound() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let name = login.pushed(with(login.parameters(), "test_pid", "")).await;
    let query = [("client_id", "the-client"), ("request_uri", &*name)];
    let url = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
    let silent =
        login.browser.get(url).header("host", login.host()).header("cookie", &cookie).send().await.unwrap();
    let code = sent_back(&silent).code().to_owned();
    login.end(&[("id_token_hint", tokens["id_token"].as_str().unwrap())], &cookie).await;
    login.breaks("code.session", "invalid_grant", &login.redemption(&code).await).await;

    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let code = login.code().await;
    let bound =
        login.granted(&login.redemption(&code).await).await["refresh_token"].as_str().unwrap().to_owned();
    let without = Sent { proof: None, ..login.refresh(&bound).await };
    login.breaks("refresh.dpop", "invalid_request", &without).await;
    login.granted(&login.refresh(&bound).await).await;
}
