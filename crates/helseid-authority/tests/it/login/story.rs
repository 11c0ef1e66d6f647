//! What the trace and the metadata say of logins.

use helseid_protocol::rule::Profile;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::world::*;
use crate::browser::Browser;
use crate::json as read;

#[tokio::test]
async fn a_login_is_one_story_in_the_trace_and_tells_of_nobody() {
    let login = Login::new().await;
    let code = login.code().await;
    let answer = login.granted(&login.redemption(&code).await).await;
    login.granted(&login.refresh(answer["refresh_token"].as_str().unwrap()).await).await;
    let (_, page) = login.desk.admin(Method::GET, "/trace", None).await;
    let entries = page["items"].as_array().unwrap();
    let id = entries[0]["login"].as_str().unwrap();
    let story: Vec<_> =
        entries.iter().filter(|entry| entry["login"] == id).map(|entry| &entry["endpoint"]).collect();
    assert_eq!(story, ["token", "token", "authorize", "par"]);
    for entry in entries {
        let path = format!("/trace/{}?details=true", entry["id"].as_str().unwrap());
        let (_, details) = login.desk.admin(Method::GET, &path, None).await;
        let text = details.to_string();
        for secret in
            [&*code, answer["refresh_token"].as_str().unwrap(), DOCTOR, VERIFIER, "the state", "the-nonce"]
        {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn metadata_names_what_is_served_and_those_of_a_session_too() {
    let login = Login::new().await;
    let metadata = login.desk.url("/.well-known/openid-configuration");
    let metadata = read(login.browser.get(metadata).send().await.unwrap()).await;
    assert_eq!(
        metadata["grant_types_supported"],
        json!([
            "client_credentials",
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:token-exchange"
        ])
    );
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(metadata["require_pushed_authorization_requests"], false);
    let members = [
        "authorization",
        "pushed_authorization_request",
        "userinfo",
        "revocation",
        "introspection",
        "token",
        "end_session",
    ];
    for member in members {
        let url = metadata[format!("{member}_endpoint")].as_str().unwrap_or_else(|| panic!("{member}"));
        let path = url.strip_prefix(login.desk.running.issuer().as_str()).unwrap();
        let answer =
            login.browser.get(login.desk.url(path)).header("host", login.host()).send().await.unwrap();
        assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{member}");
    }
    // A session of conformance is a whole issuer, too.
    let session = login.desk.running.open_conformance(Profile::Helseid).await.unwrap();
    let path = session.issuer.as_str().strip_prefix(login.desk.running.issuer().as_str()).unwrap();
    let url = login.desk.url(&format!("{path}/.well-known/openid-configuration"));
    let of_session = read(login.browser.get(url).send().await.unwrap()).await;
    assert_eq!(of_session["grant_types_supported"], metadata["grant_types_supported"]);
    for member in members {
        let url = of_session[format!("{member}_endpoint")].as_str().unwrap_or_else(|| panic!("{member}"));
        assert!(url.starts_with(session.issuer.as_str()), "{url}");
    }
}

#[tokio::test]
async fn a_login_by_the_page_is_told_from_the_pushed_request_to_the_logout() {
    let login = with_logout().await;
    let (tokens, cookie) = by_page(&login).await;
    let [access, refresh, hint] =
        ["access_token", "refresh_token", "id_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    login.desk.call(Method::GET, "/connect/userinfo", &access).send().await.unwrap();
    login.granted(&login.refresh(&refresh).await).await;
    revoke(&login, &refresh).await;
    login.end(&[("id_token_hint", &hint)], &cookie).await;
    // Another login, which is none of this story.
    login.code().await;

    let (_, all) = login.desk.admin(Method::GET, "/trace?limit=1000", None).await;
    let all = all["items"].as_array().unwrap();
    let id = all.iter().find(|entry| entry["endpoint"] == "end_session").unwrap()["login"].as_str().unwrap();
    let (_, story) = login.desk.admin(Method::GET, &format!("/trace?login={id}"), None).await;
    let mut story: Vec<_> = story["items"].as_array().unwrap().iter().collect();
    story.reverse();
    let places: Vec<_> = story
        .iter()
        .map(|entry| (entry["endpoint"].as_str().unwrap(), entry["grant"].as_str().unwrap_or_default()))
        .collect();
    let expected = [
        ("par", ""),
        ("authorize", ""),
        ("login", ""),
        ("token", "authorization_code"),
        ("userinfo", ""),
        ("token", "refresh_token"),
        ("revocation", ""),
        ("end_session", ""),
    ];
    assert_eq!(places, expected);
    assert_eq!(story[1]["login_page_shown"], true);
    assert!(story.iter().all(|entry| entry["outcome"] == "granted"), "{story:?}");

    let browser = Browser::signed_in(&login.desk.running).await;
    let page = browser.text(&format!("/admin/trace/logins/{id}")).await;
    let at: Vec<_> = [
        "The client pushed its authorization request",
        "The browser was shown the login page",
        "went back with a code",
        "The client redeemed the code",
        "The client asked for userinfo",
        "The client used the refresh token",
        "The client revoked the refresh token",
        "The browser came to log out",
    ]
    .map(|what| page.find(what).unwrap_or_else(|| panic!("{what}: {page}")))
    .into();
    assert!(at.is_sorted(), "{at:?}");
    assert!(!page.contains(DOCTOR) && !page.contains(".eyJ"));
    let list = browser.text(&format!("/admin/trace?login={id}")).await;
    assert_eq!(list.matches(&format!("/trace/logins/{id}")).count(), expected.len());
    assert_eq!(browser.get("/admin/trace/logins/nothing").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_link_of_an_error_page_tells_the_story_of_its_login_and_names_no_other_request() {
    let login = Login::new().await;
    let name = login.pushed(login.parameters()).await;
    sent_back(&login.visit_named(&name).await);
    let page = login.visit_named(&name).await.text().await.unwrap();
    assert!(page.contains("error-trace"), "{page}");
    let (_, trace) = page.split_once("/trace/").unwrap();
    let trace = trace.split('"').next().unwrap();
    let told = login.browser.get(login.desk.url(&format!("/trace/{trace}")));
    let told = told.header("host", login.host()).send().await.unwrap().text().await.unwrap();
    let (_, story) =
        told.split_once("The login, as far as it came here:").unwrap_or_else(|| panic!("{told}"));
    let lines: Vec<_> = story.trim().lines().collect();
    assert_eq!(lines.len(), 3, "{story}");
    assert!(lines[0].ends_with("The client pushed its authorization request"), "{story}");
    assert!(lines[2].ends_with("invalid_request_uri by authorize.request_uri_once"), "{story}");
    let (_, entries) = login.desk.admin(Method::GET, "/trace", None).await;
    for entry in entries["items"].as_array().unwrap() {
        assert!(!story.contains(entry["id"].as_str().unwrap()), "{story}");
    }
}
