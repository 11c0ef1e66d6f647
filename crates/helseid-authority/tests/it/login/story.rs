//! What the trace and the metadata say of logins.

use helseid_protocol::rule::Profile;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::world::*;
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
async fn metadata_names_what_is_served_and_a_session_serves_no_login() {
    let login = Login::new().await;
    let metadata = login.desk.url("/.well-known/openid-configuration");
    let metadata = read(login.browser.get(metadata).send().await.unwrap()).await;
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["client_credentials", "authorization_code", "refresh_token"])
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
    let session = login.desk.running.open_conformance(Profile::Helseid).unwrap();
    let path = session.issuer.as_str().strip_prefix(login.desk.running.issuer().as_str()).unwrap();
    let url = login.desk.url(&format!("{path}/.well-known/openid-configuration"));
    let metadata = read(login.browser.get(url).send().await.unwrap()).await;
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
    assert!(metadata.get("authorization_endpoint").is_none());
    let par = login.desk.post_to(&format!("{path}/connect/par"), &login.signed(login.parameters()));
    assert_eq!(par.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
