//! The double of NHN's self-service API, in the shapes that NHN's own libraries send and read.

use helseid_authority::Config;
use helseid_protocol::claims::ClientTenancy;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, READ, SELF_SERVICE, new_key};
use crate::{http, json as read};

async fn get(desk: &Desk, path: &str) -> Value {
    let token = desk.token(SELF_SERVICE).await;
    let answer = desk.call(Method::GET, path, &token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    read(answer).await
}

async fn send(desk: &Desk, method: Method, path: &str, body: String) -> (StatusCode, Value) {
    let token = desk.token(SELF_SERVICE).await;
    let answer = desk.call(method, path, &token).body(body).send().await.unwrap();
    let status = answer.status();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_key_is_added_in_both_forms_and_both_keys_work() {
    let mut desk = Desk::new().await;
    let object = Value::Object(new_key().public().members().clone()).to_string();
    let new = new_key();
    let text = Value::String(new.public().to_json()).to_string();
    for body in [object, text] {
        let (status, answer) = send(&desk, Method::POST, "/v1/client-secret", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        // 90 days after the test's clock.
        assert_eq!(answer, json!({ "expiration": "2026-12-20T14:13:20Z" }));
    }
    let keys = get(&desk, "/v1/client-secret").await;
    let kid = new.public().thumbprint().to_string();
    assert_eq!(
        keys[2],
        json!({
            "expiration": "2026-12-20T14:13:20Z", "kid": kid, "jwkThumbprint": kid,
            "origin": "Api", "publicJwk": null,
        })
    );
    assert_eq!((&keys[0]["origin"], &keys[0]["expiration"]), (&json!("Gui"), &Value::Null));
    desk.token(READ).await;
    desk.key = new;
    desk.token(READ).await;
    desk.forward(90 * 86_400);
    let (_, refused) = desk.answer(&desk.sent_with_expired_key().await).await;
    assert!(refused["error_description"].as_str().unwrap().contains("assertion.key_expiry"), "{refused}");
}

impl Desk {
    /// A request whose key has expired gets no nonce either.
    async fn sent_with_expired_key(&self) -> crate::desk::Sent {
        let assertion = self.assertion().sign(&self.key);
        let proof = self.proof(&Method::POST, "/connect/token", None, None).sign(&self.proof_key);
        let form = vec![("grant_type", "client_credentials".to_owned())];
        crate::desk::Sent { assertion, proof: Some(proof), form }
    }
}

#[tokio::test]
async fn another_key_with_a_name_that_is_taken_is_refused_and_not_kept() {
    let desk = Desk::new().await;
    let named = || {
        let mut key = new_key().public().members().clone();
        key.insert("kid".to_owned(), "the-name".into());
        Value::Object(key).to_string()
    };
    let (status, answer) = send(&desk, Method::POST, "/v1/client-secret", named()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let before = get(&desk, "/v1/client-secret").await;
    let (status, problem) = send(&desk, Method::POST, "/v1/client-secret", named()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem.to_string().contains("key.kid_once"), "{problem}");
    assert_eq!(get(&desk, "/v1/client-secret").await, before);
}

#[tokio::test]
async fn a_private_key_is_refused_and_not_kept() {
    let desk = Desk::new().await;
    let private = crate::desk::new_private();
    let body = private.to_json().expose().to_owned();
    let (status, problem) = send(&desk, Method::POST, "/v1/client-secret", body.clone()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let members: Value = serde_json::from_str(&body).unwrap();
    assert!(!problem.to_string().contains(members["d"].as_str().unwrap()));
    assert_eq!(problem["status"], 400);
    for name in ["type", "title", "detail"] {
        assert!(problem[name].is_string(), "{problem}");
    }
    assert!(problem["instance"].is_null());
    assert_eq!(get(&desk, "/v1/client-secret").await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_replaces_what_it_says_of_itself() {
    let desk = Desk::with(Config::in_memory(), |client| client.tenancy = ClientTenancy::SingleTenant).await;
    let approved = json!({ "audience": "nhn:slow", "scopes": ["nhn:slow/read"], "approval": true });
    desk.admin(Method::POST, "/apis", Some(&approved)).await;
    let said = json!({
        "apiScopes": [READ, "nhn:slow/read"],
        "audienceSpecificClientClaims": [{ "key": "nhn:slow/client/claims/sfm-id", "value": "7" }],
        "redirectUris": null, "postLogoutRedirectUris": [], "childOrganizationNumbers": ["999977776"],
    });
    let (status, _) = send(&desk, Method::PUT, "/v1/client", said.to_string()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let shown = get(&desk, "/v1/client").await;
    assert_eq!(shown["apiScopes"][0], json!({ "scope": READ, "status": "ok", "statusReason": null }));
    assert_eq!(shown["apiScopes"][1]["status"], "pending");
    assert_eq!(shown["audienceSpecificClientClaims"][0]["status"], "pending");
    assert_eq!(shown["childOrganizationNumbers"], json!(["999977776"]));
    assert_eq!((&shown["redirectUris"], &shown["postLogoutRedirectUris"]), (&json!([]), &json!([])));

    let approve = json!({ "approved": true });
    let (status, client) = desk.admin(Method::PATCH, "/clients/the-client", Some(&approve)).await;
    assert_eq!((status, &client["pending_scopes"]), (StatusCode::OK, &json!([])));
    let token = desk.token("nhn:slow/read").await;
    assert_eq!(claims(&token)["nhn:slow/client/claims/sfm-id"], "7");

    // Null is not passed over.
    let (status, _) = send(&desk, Method::PUT, "/v1/client", "{\"apiScopes\":null}".to_owned()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(get(&desk, "/v1/client").await["apiScopes"], json!([]));
    for wrong in [
        json!({ "apiScopes": ["nhn:nobody/read"] }),
        json!({ "redirectUris": ["http://a.example/"] }),
        json!({ "postLogoutRedirectUris": ["javascript:alert(1)"] }),
        json!({ "redirectUris": vec!["https://a.example/"; 101] }),
    ] {
        let (status, _) = send(&desk, Method::PUT, "/v1/client", wrong.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn a_client_sets_where_browsers_go_and_nothing_else_of_its_logins() {
    let desk = Desk::new().await;
    let login = json!({
        "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
        "scopes": [READ, "openid", "profile"], "may_be_exchanged_by": ["another"],
        "login": { "redirect_uris": ["https://a.example/callback"], "backchannel_logout_uri": "https://a.example/out" },
    });
    let (status, before) = desk.admin(Method::PATCH, "/clients/the-client", Some(&login)).await;
    assert_eq!(status, StatusCode::OK, "{before}");
    let said = json!({
        "apiScopes": [READ], "redirectUris": ["https://b.example/callback", "http://localhost:3000/callback"],
        "postLogoutRedirectUris": ["https://b.example/"], "childOrganizationNumbers": null,
        // None of these is known here.
        "backchannelLogoutUri": "https://evil.example/", "grantTypes": ["urn:ietf:params:oauth:grant-type:token-exchange"],
        "ownAudiences": ["nhn:bff-sample"], "mayBeExchangedBy": ["evil"],
    });
    let (status, problem) = send(&desk, Method::PUT, "/v1/client", said.to_string()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    let (_, mut after) = desk.admin(Method::GET, "/clients/the-client", None).await;
    assert_eq!(after["login"]["redirect_uris"], said["redirectUris"]);
    assert_eq!(after["login"]["post_logout_redirect_uris"], said["postLogoutRedirectUris"]);
    let mut unchanged = before["login"].clone();
    unchanged["redirect_uris"] = said["redirectUris"].clone();
    unchanged["post_logout_redirect_uris"] = said["postLogoutRedirectUris"].clone();
    assert_eq!(after["login"], unchanged);
    after["login"] = before["login"].clone();
    assert_ne!(after["version"], before["version"], "the state is another");
    after["version"] = before["version"].clone();
    assert_eq!(after, before, "nothing else has changed");
    let shown = get(&desk, "/v1/client").await;
    assert_eq!(shown["redirectUris"], said["redirectUris"]);
    assert_eq!(shown["apiScopes"].as_array().unwrap().len(), 1);
    let none = json!({ "apiScopes": [READ], "redirectUris": null });
    assert_eq!(send(&desk, Method::PUT, "/v1/client", none.to_string()).await.0, StatusCode::BAD_REQUEST);
}

pub(crate) fn claims(token: &str) -> Value {
    let jws = helseid_protocol::jose::jws::Unverified::parse(token, 100_000).unwrap();
    Value::Object(jws.unverified_claims().clone())
}

#[tokio::test]
async fn the_owners_delegations_are_listed() {
    let supplier = "313745392".parse().unwrap();
    let desk = Desk::with(Config::in_memory(), |client| {
        client.tenancy = ClientTenancy::MultiTenant;
        client.org_parent = Some(supplier);
    })
    .await;
    let all = get(&desk, "/v1/multi-tenant-delegations").await;
    let first = &all[0];
    assert_eq!(
        first["delegator"],
        json!({ "organizationNumber": "312232324", "name": "Flaksvaagoey kommune", "isHelsenettMember": true })
    );
    let terms = first["serviceTerms"].as_array().unwrap();
    assert!(
        terms.iter().any(|terms| terms["scopes"] == json!([READ]) && terms["delegatorHasSigned"] == true)
    );
}

#[tokio::test]
async fn a_draft_becomes_a_client_when_a_person_approves_it() {
    let mut desk = Desk::new().await;
    let drafts = |key: &str, body: &Value| {
        let post = http().post(desk.url("/v1/client-drafts")).header("api-key", key).body(body.to_string());
        let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
        async move { post.header("host", host).send().await.unwrap() }
    };
    let new = new_key();
    let draft = json!({
        "organizationNumber": "999977774", "publicJwk": new.public().to_json(), "apiScopes": [READ],
        "audienceSpecificClientClaims": null, "redirectUris": null, "postLogoutRedirectUris": null,
        "childOrganizationNumbers": null, "postClientConfirmationRedirectUri": "http://localhost:1/",
    });
    assert_eq!(drafts("nonsense", &draft).await.status(), StatusCode::UNAUTHORIZED);
    let other = desk.access_key("test-tokens").await;
    assert_eq!(drafts(&other, &draft).await.status(), StatusCode::UNAUTHORIZED);
    let key = desk.access_key("client-drafts").await;
    let answer = drafts(&key, &draft).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let id = read(answer).await["clientId"].as_str().unwrap().to_owned();

    (desk.key, desk.client_id) = (new, id.parse().unwrap());
    let (_, refused) = desk.answer(&desk.sent_with_expired_key().await).await;
    assert!(refused["error_description"].as_str().unwrap().contains("helseid client approve"), "{refused}");
    let path = format!("/clients/{id}");
    desk.admin(Method::PATCH, &path, Some(&json!({ "approved": true }))).await;
    assert_eq!(claims(&desk.token(READ).await)["client_id"], id);
    assert_eq!(get(&desk, "/v1/client").await["apiScopes"][0]["status"], "ok");
    let (_, log) = desk.admin(Method::GET, "/audit?limit=2", None).await;
    assert_eq!(log["items"][0]["actor"], "admin");
    assert_eq!(
        (&log["items"][1]["actor"], &log["items"][1]["id"]),
        (&json!("access key a test"), &json!(id))
    );
}
