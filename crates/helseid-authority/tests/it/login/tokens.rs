//! What becomes of the tokens of a login at userinfo, introspection and revocation.

use helseid_authority::Config;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::world::*;
use crate::desk::READ;
use crate::json as read;

#[tokio::test]
async fn userinfo_tells_of_the_person_until_the_login_is_revoked() {
    let login = Login::new().await;
    let (access, refresh) = tokens(&login).await;
    for method in [Method::GET, Method::POST] {
        let answer = login.desk.call(method, "/connect/userinfo", &access).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let info = read(answer).await;
        assert_eq!(
            (&info["name"], &info["helseid://claims/identity/pid"]),
            (&json!("Kvart Grevling"), &json!(DOCTOR))
        );
        assert_eq!(info["helseid://claims/hpr/hpr_details"]["approvals"][0]["profession"], "LE");
    }
    let bearer = login.browser.get(login.desk.url("/connect/userinfo")).header("host", login.host());
    let bearer = read(bearer.bearer_auth(&access).send().await.unwrap()).await;
    assert!(bearer["error_description"].as_str().unwrap().contains("userinfo.dpop"), "{bearer}");
    let without = login.browser.get(login.desk.url("/connect/userinfo")).header("host", login.host());
    let without = without.send().await.unwrap();
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert!(without.headers()["www-authenticate"].to_str().unwrap().contains("DPoP"));
    let machine = login.desk.token(READ).await;
    let refused = login.desk.call(Method::GET, "/connect/userinfo", &machine).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));

    revoke(&login, &refresh).await;
    let after = login.desk.call(Method::GET, "/connect/userinfo", &access).send().await.unwrap();
    assert_eq!(after.status(), StatusCode::UNAUTHORIZED);
    login.breaks("refresh.revoked", "invalid_grant", &login.refresh(&refresh).await).await;
}

#[tokio::test]
async fn revocation_is_quiet_about_unknown_tokens_and_takes_no_access_token() {
    let login = Login::new().await;
    let (access, _) = tokens(&login).await;
    revoke(&login, "unknown").await;
    let sent = login.signed(vec![("token", access)]);
    let answer = login.desk.post_to("/connect/revocation", &sent).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(read(answer).await["error"], "unsupported_token_type");
}

#[tokio::test]
async fn an_api_learns_whether_a_token_for_it_is_good_and_nothing_else() {
    let login = Login::with(Config::in_memory(), |client| {
        let own = vec![helseid_protocol::id::Audience::parse("norsk-helsenett:python-sample-api").unwrap()];
        client.own_audiences = own.try_into().unwrap();
    })
    .await;
    let ask = async |token: &str| {
        let sent = login.signed(vec![("token", token.to_owned())]);
        let answer = login.desk.post_to("/connect/introspect", &sent).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.unwrap()
    };
    let (access, refresh) = tokens(&login).await;
    let active: Value = serde_json::from_str(&ask(&access).await).unwrap();
    assert_eq!((&active["active"], &active["token_type"]), (&json!(true), &json!("DPoP")));
    let machine = login.desk.token(READ).await;
    assert!(ask(&machine).await.contains("\"active\":true"));
    let inactive = r#"{"active":false}"#;
    assert_eq!(ask("unknown").await, inactive);
    assert_eq!(ask(&refresh).await, inactive);
    assert_eq!(ask(&login.desk.token(OTHER).await).await, inactive, "it is for another API");
    revoke(&login, &refresh).await;
    assert_eq!(ask(&access).await, inactive);
    login.desk.forward(700);
    assert_eq!(ask(&machine).await, inactive);
    let stray = login.form("/connect/introspect", &[("token", access)]).send().await.unwrap();
    assert_eq!(stray.status(), StatusCode::UNAUTHORIZED);
}

/// A token that names a real login, made by the double of NHN's test token service; and tokens where another kind is wanted.
#[tokio::test]
async fn neither_a_test_token_nor_a_token_of_another_kind_opens_an_endpoint() {
    let login = Login::with(Config::in_memory(), |client| {
        let own = vec![helseid_protocol::id::Audience::parse("norsk-helsenett:python-sample-api").unwrap()];
        client.own_audiences = own.try_into().unwrap();
        client.login.insecure_userinfo_by_bearer = true;
    })
    .await;
    let (tokens, cookie) = by_page(&login).await;
    let [access, id] = ["access_token", "id_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let real = claims(&tokens["access_token"]);
    let same: Vec<_> = ["sub", "sid", "jti", "client_id", "scope", "auth_time"]
        .map(|name| json!({ "type": name, "value": real[name] }))
        .into();
    let key = login.desk.access_key("test-tokens").await;
    let minted = login.browser.post(login.desk.url("/v2/create-test-token-with-key"));
    let body = json!({ "audience": "norsk-helsenett:python-sample-api", "apiSpecificClaims": same });
    let minted = minted.header("host", login.host()).header("x-auth-key", key).body(body.to_string());
    let minted = read(minted.send().await.unwrap()).await;
    let forged =
        minted["successResponse"]["accessTokenJwt"].as_str().unwrap_or_else(|| panic!("{minted}")).to_owned();
    assert_eq!(claims(&json!(forged))["jti"], real["jti"]);
    let info = async |token: &str| {
        let ask = login.browser.get(login.desk.url("/connect/userinfo")).header("host", login.host());
        ask.bearer_auth(token).send().await.unwrap().status()
    };
    let active = async |token: &str| {
        let sent = login.signed(vec![("token", token.to_owned())]);
        let answer = login.desk.post_to("/connect/introspect", &sent).send().await.unwrap();
        answer.text().await.unwrap().contains("\"active\":true")
    };
    assert!(info(&access).await == StatusCode::OK && active(&access).await);
    for token in [&forged, &id] {
        assert_eq!(info(token).await, StatusCode::UNAUTHORIZED);
        assert!(!active(token).await);
    }
    // Neither is a hint: the page asks, and leads nowhere.
    for hint in [&forged, &access] {
        let page = login.end(&[("id_token_hint", hint)], &cookie).await;
        assert!(page.text().await.unwrap().contains("confirm-logout"));
    }
    assert_eq!(info(&access).await, StatusCode::OK);
}
