//! Nothing that a client or an administrator can send makes the registry unreadable; and what is unreadable already costs
//! its own entry.

use std::path::Path;

use helseid_authority::{Config, Running};
use helseid_protocol::id::Issuer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::desk::{Desk, READ, SELF_SERVICE, new_key};
use crate::{http, start_with, url};

/// A public key with a member that is nested deeper than is read.
pub(crate) fn deep_key() -> Value {
    let mut key = Value::Object(new_key().public().members().clone());
    key["x5x"] = (0..20).fold(json!([]), |inner, _| json!([inner]));
    key
}

/// APIs with so many scopes between them, and those scopes.
pub(crate) async fn many_scopes(desk: &Desk) -> Vec<String> {
    let mut all = Vec::new();
    for api in ["many:one", "many:two"] {
        let scopes: Vec<_> = (0..60).map(|n| format!("{api}/{n}")).collect();
        let api = json!({ "audience": api, "scopes": scopes });
        assert_eq!(desk.admin(Method::POST, "/apis", Some(&api)).await.0, StatusCode::NO_CONTENT);
        all.extend(scopes);
    }
    all
}

/// What a client sends of itself.
pub(crate) async fn by_itself(desk: &Desk, method: Method, path: &str, body: &Value) -> StatusCode {
    let token = desk.token(SELF_SERVICE).await;
    desk.call(method, path, &token).body(body.to_string()).send().await.unwrap().status()
}

/// Everything that an administrator does still works.
async fn is_well(desk: &Desk) {
    let api = json!({ "audience": "later:api", "scopes": ["later:api/read"] });
    assert_eq!(desk.admin(Method::POST, "/apis", Some(&api)).await.0, StatusCode::NO_CONTENT);
    let client = json!({ "name": "later", "scopes": [READ] });
    assert_eq!(desk.admin(Method::PUT, "/clients/later", Some(&client)).await.0, StatusCode::OK);
    let (status, broken) = desk.admin(Method::GET, "/broken", None).await;
    assert_eq!((status, broken), (StatusCode::OK, json!([])));
    desk.token(READ).await;
}

fn in_folder(folder: &Path) -> Config {
    Config::in_folder(folder.join("data")).issuer(Issuer::parse("http://localhost:8480").unwrap())
}

async fn starts_again(desk: Desk, folder: &Path) {
    desk.running.shut_down().await;
    let again = start_with(in_folder(folder)).await;
    again.ready().await;
    assert_eq!(ready_of(&again).await, "ready\n");
}

/// What an authority that is ready says of it.
async fn ready_of(running: &Running) -> String {
    let answer = http().get(url(running, "/ready")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_key_that_is_nested_too_deep_is_refused_and_the_registry_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with(in_folder(folder.path()), |_| ()).await;
    assert_eq!(
        by_itself(&desk, Method::POST, "/v1/client-secret", &deep_key()).await,
        StatusCode::BAD_REQUEST
    );
    let text = Value::String(deep_key().to_string());
    assert_eq!(by_itself(&desk, Method::POST, "/v1/client-secret", &text).await, StatusCode::BAD_REQUEST);
    let (_, client) = desk.admin(Method::GET, "/clients/the-client", None).await;
    assert_eq!(client["keys"].as_array().unwrap().len(), 1, "nothing was kept");
    is_well(&desk).await;
    starts_again(desk, folder.path()).await;
}

#[tokio::test]
async fn a_client_that_says_more_scopes_than_a_set_holds_is_refused_and_the_registry_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with(in_folder(folder.path()), |_| ()).await;
    let scopes = many_scopes(&desk).await;
    // With that of self-service a hundred, and one more.
    let said = |count: usize| json!({ "apiScopes": scopes[..count] });
    assert_eq!(by_itself(&desk, Method::PUT, "/v1/client", &said(100)).await, StatusCode::BAD_REQUEST);
    is_well(&desk).await;
    assert_eq!(by_itself(&desk, Method::PUT, "/v1/client", &said(99)).await, StatusCode::NO_CONTENT);
    starts_again(desk, folder.path()).await;
}

#[tokio::test]
async fn an_api_with_more_scopes_than_a_set_holds_is_refused_and_the_registry_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with(in_folder(folder.path()), |_| ()).await;
    let scopes: Vec<_> = (0..101).map(|n| format!("big:api/{n}")).collect();
    let api = json!({ "audience": "big:api", "scopes": scopes });
    let (status, problem) = desk.admin(Method::POST, "/apis", Some(&api)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["detail"].as_str().unwrap().contains("more than 100 scopes"), "{problem}");
    is_well(&desk).await;
    starts_again(desk, folder.path()).await;
}

#[tokio::test]
async fn a_key_under_two_names_is_refused_with_a_reason() {
    let desk = Desk::new().await;
    let mut key = Value::Object(desk.key.public().members().clone());
    key["kid"] = "another".into();
    let body = json!({ "jwk": key });
    let (status, problem) = desk.admin(Method::POST, "/clients/the-client/keys", Some(&body)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["title"], "the client already has this key");
}

/// Types SQL into the registry of a folder that nobody uses.
pub(crate) async fn type_in(folder: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(folder.join("data/registry.sqlite"));
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    sqlx::raw_sql(sql).execute(&pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_client_that_cannot_be_read_costs_itself_until_it_is_replaced_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let first = Desk::with(in_folder(folder.path()), |_| ()).await;
    let other = json!({ "name": "other", "scopes": [READ] });
    assert_eq!(first.admin(Method::PUT, "/clients/other", Some(&other)).await.0, StatusCode::OK);
    first.running.shut_down().await;
    type_in(folder.path(), "UPDATE client SET scopes = 'a\"b' WHERE id IN ('the-client', 'other')").await;
    type_in(folder.path(), "UPDATE api SET scopes = 'a\"b' WHERE audience = 'nhn:bff-sample'").await;

    // The desk registers its client on its way; the other is as it was found.
    let desk = Desk::with(in_folder(folder.path()), |_| ()).await;
    desk.token(READ).await;
    assert!(ready_of(&desk.running).await.contains("2 of the registry's entries cannot be read"));
    let (_, broken) = desk.admin(Method::GET, "/broken", None).await;
    assert_eq!((&broken[0]["kind"], &broken[0]["id"]), (&json!("api"), &json!("nhn:bff-sample")));
    assert_eq!((&broken[1]["kind"], &broken[1]["id"]), (&json!("client"), &json!("other")));
    assert!(broken[1]["why"].as_str().unwrap().starts_with("scopes: "), "{broken}");

    let id = "other".parse().unwrap();
    let (status, refused) = desk.answer(&desk.sent_as(&id, READ, &desk.nonce().await)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        refused["error_description"]
            .as_str()
            .unwrap()
            .contains("registration of the client 'other' cannot be read"),
        "{refused}"
    );
    let change = json!({ "enabled": false });
    for (method, body) in [(Method::GET, None), (Method::PATCH, Some(&change))] {
        let (status, problem) = desk.admin(method, "/clients/other", body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(problem["title"], "the client other cannot be read");
    }
    let taken = json!({ "name": "other", "client_id": "other" });
    assert_eq!(desk.admin(Method::POST, "/clients", Some(&taken)).await.0, StatusCode::CONFLICT);

    assert_eq!(desk.admin(Method::PUT, "/clients/other", Some(&other)).await.0, StatusCode::OK);
    assert_eq!(desk.admin(Method::DELETE, "/apis/nhn:bff-sample", None).await.0, StatusCode::NO_CONTENT);
    is_well(&desk).await;
    let nothing = json!({ "kind": "client", "id": "other" });
    let (status, _) = desk.admin(Method::DELETE, "/broken", Some(&nothing)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it can be read, and is removed as any other");
    assert_eq!(ready_of(&desk.running).await, "ready\n");
}
