//! A person logs in by one call of the admin API, by the rules of a browser's login; and logins are ended by one.

use helseid_authority::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::*;

async fn sign_in(login: &Login, body: Value) -> (StatusCode, Value) {
    login.desk.admin(Method::POST, "/sign-in", Some(&body)).await
}

async fn end(login: &Login, which: Value) -> StatusCode {
    login.desk.admin(Method::POST, "/logins/end", Some(&which)).await.0
}

fn jkt(login: &Login) -> String {
    login.desk.proof_key.public().thumbprint().to_string()
}

async fn signed_in(login: &Login, person: &str) -> Value {
    let body = json!({ "client_id": "the-client", "person": person, "dpop_jkt": jkt(login) });
    let (status, tokens) = sign_in(login, body).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    tokens
}

async fn userinfo(login: &Login, tokens: &Value) -> StatusCode {
    let access = tokens["access_token"].as_str().unwrap();
    login.desk.call(Method::GET, "/connect/userinfo", access).send().await.unwrap().status()
}

async fn refreshes(login: &Login, tokens: &Value) -> bool {
    let refresh = login.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    login.desk.answer(&refresh).await.0 == StatusCode::OK
}

#[tokio::test]
async fn tokens_of_one_call_are_as_good_as_those_of_a_browser() {
    let login = Login::new().await;
    let asked =
        json!({ "client_id": "the-client", "person": "doctor", "scope": SCOPES, "dpop_jkt": jkt(&login) });
    let (status, tokens) = sign_in(&login, asked).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    let code = login.code().await;
    let by_browser = login.granted(&login.redemption(&code).await).await;
    for (one, other) in [("access_token", ["jti", "sid"]), ("id_token", ["sid", "at_hash"])] {
        let (mut one, mut by_browser) = (claims(&tokens[one]), claims(&by_browser[one]));
        for claim in other.into_iter().chain(["nonce", "scope", "aud"]) {
            one.as_object_mut().unwrap().remove(claim);
            by_browser.as_object_mut().unwrap().remove(claim);
        }
        if one.get("typ").is_none() {
            let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&one), names(&by_browser));
        }
        assert_eq!((&one["sub"], &one["exp"]), (&by_browser["sub"], &by_browser["exp"]));
    }
    assert_eq!(tokens["token_type"], "DPoP");
    assert_eq!(userinfo(&login, &tokens).await, StatusCode::OK);
    assert!(refreshes(&login, &tokens).await);
    // Its session is told of and ended as any other.
    login.end(&[("id_token_hint", tokens["id_token"].as_str().unwrap())], "").await;
    assert!(!refreshes(&login, &tokens).await);
    assert_eq!(userinfo(&login, &tokens).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn each_rule_that_a_browsers_login_keeps_is_kept() {
    let login = Login::new().await;
    let good = json!({ "client_id": "the-client", "person": "doctor", "dpop_jkt": jkt(&login) });
    for (member, value, expected) in [
        ("client_id", json!("nobody"), "authorize.client_id"),
        ("scope", json!("openid nhn:not/mine"), "authorize.scope_allowed"),
        ("dpop_jkt", json!(null), "dpop.present"),
        ("dpop_jkt", json!("not a thumbprint"), "authorize.dpop_jkt"),
        ("organisation", json!({ "parent": "999977774" }), "details."),
        ("organisation", json!({}), "neither"),
        ("person", json!("nobody-of-that-name"), "synthetic number"),
        ("person", json!("06028399789"), "synthetic number"),
    ] {
        let mut body = good.clone();
        body[member] = value.clone();
        let (status, problem) = sign_in(&login, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{member} {value}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{member} {value}: {detail}");
        assert!(!detail.contains("0602839"), "{detail}");
    }
    assert_eq!(sign_in(&login, good.clone()).await.0, StatusCode::OK, "nothing was broken");
    // A form of another site cannot be JSON, and nobody without the token comes in.
    for (kind, token, expected) in [
        ("text/plain", login.desk.running.admin_token(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", "another", StatusCode::UNAUTHORIZED),
    ] {
        let post = login.browser.post(login.desk.url("/admin/api/sign-in")).header("host", login.host());
        let post = post.header("content-type", kind).bearer_auth(token).body(good.to_string());
        assert_eq!(post.send().await.unwrap().status(), expected, "{kind}");
    }
}

#[tokio::test]
async fn where_nobody_may_log_in_nobody_is_signed_in() {
    let issuer = helseid_protocol::id::Issuer::parse("https://id.example").unwrap();
    let login = Login::with(Config::in_memory().issuer(issuer), |_| ()).await;
    let post = login.browser.post(login.desk.url("/admin/api/sign-in")).header("host", "id.example");
    let post = post.header("content-type", "application/json").bearer_auth(login.desk.running.admin_token());
    let answer = post.body(json!({ "client_id": "the-client", "person": "doctor" }).to_string());
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    assert!(answer.text().await.unwrap().contains("--test-login-at"));
}

#[tokio::test]
async fn a_session_a_person_or_a_client_is_ended_with_codes_that_are_out_and_all_others_go_on() {
    let login = Login::new().await;
    let (doctor, nurse) = (signed_in(&login, "doctor").await, signed_in(&login, "nurse").await);
    let sid = claims(&doctor["id_token"])["sid"].clone();
    assert_eq!(end(&login, json!({ "session": sid })).await, StatusCode::NO_CONTENT);
    assert!(!refreshes(&login, &doctor).await && refreshes(&login, &nurse).await);

    let (doctor, nurse) = (signed_in(&login, "doctor").await, signed_in(&login, "nurse").await);
    let code = login.code().await;
    assert_eq!(end(&login, json!({ "person": "doctor" })).await, StatusCode::NO_CONTENT);
    assert!(!refreshes(&login, &doctor).await && refreshes(&login, &nurse).await);
    assert_eq!(userinfo(&login, &doctor).await, StatusCode::UNAUTHORIZED);
    login.breaks("code.session", "invalid_grant", &login.redemption(&code).await).await;

    let (doctor, nurse) = (signed_in(&login, "doctor").await, signed_in(&login, "nurse").await);
    assert_eq!(end(&login, json!({ "client_id": "the-client" })).await, StatusCode::NO_CONTENT);
    assert!(!refreshes(&login, &doctor).await && !refreshes(&login, &nurse).await);
    // Within the same second, a new login is a new one.
    assert!(refreshes(&login, &signed_in(&login, "doctor").await).await);

    for wrong in [json!({}), json!({ "session": "a", "client_id": "the-client" }), json!({ "person": "x" })] {
        assert_eq!(end(&login, wrong.clone()).await, StatusCode::BAD_REQUEST, "{wrong}");
    }
    assert_eq!(end(&login, json!({ "client_id": "nobody" })).await, StatusCode::NOT_FOUND);
}
