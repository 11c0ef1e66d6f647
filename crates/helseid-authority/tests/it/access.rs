//! Who comes in where: each door opens to its own key and to no other.

use reqwest::{Method, RequestBuilder, StatusCode};

use crate::desk::{Desk, READ, SELF_SERVICE};
use crate::{http, json as read};

const DOORS: [(&str, &str); 6] = [
    ("GET", "/admin/api/clients"),
    ("GET", "/admin/api/trace"),
    ("GET", "/v1/client"),
    ("POST", "/v1/client-secret"),
    ("POST", "/v1/client-drafts"),
    ("POST", "/v2/create-test-token-with-key"),
];

fn knock(desk: &Desk, (method, path): (&str, &str)) -> RequestBuilder {
    let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
    http().request(method.parse().unwrap(), desk.url(path)).header("host", host).body("{}")
}

#[tokio::test]
async fn no_door_opens_without_its_own_credential() {
    let desk = Desk::new().await;
    let (tests, drafts) = (desk.access_key("test-tokens").await, desk.access_key("client-drafts").await);
    let admin = format!("Bearer {}", desk.running.admin_token());
    let token = desk.token(SELF_SERVICE).await;
    for door in DOORS {
        let none = knock(&desk, door);
        let forged = knock(&desk, door).header("cookie", "helseid_admin=forged; session=forged");
        let bearer = knock(&desk, door).bearer_auth(&token);
        let another = knock(&desk, door).bearer_auth("another");
        let mut wrong = vec![none, forged, bearer, another];
        if !door.1.starts_with("/admin") {
            wrong.push(knock(&desk, door).header("authorization", &admin));
        }
        if !door.1.starts_with("/v2") {
            wrong.push(knock(&desk, door).header("x-auth-key", &tests));
        }
        if door.1 != "/v1/client-drafts" {
            wrong.push(knock(&desk, door).header("api-key", &drafts));
        }
        for request in wrong {
            let shown = format!("{request:?}");
            let status = request.send().await.unwrap().status();
            // A Bearer token is no DPoP token: 400 by RFC 6750 if its scheme is not taken at all.
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN];
            assert!(refused.contains(&status), "{door:?} {status} {shown}");
        }
    }
}

#[tokio::test]
async fn the_test_token_service_is_not_there_before_it_has_a_key() {
    let desk = Desk::new().await;
    let door = ("POST", "/v2/create-test-token-with-key");
    let answer = knock(&desk, door).header("x-auth-key", "guess").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let key = desk.access_key("test-tokens").await;
    let list = desk.admin(Method::GET, "/access-keys", None).await.1;
    assert!(!list.to_string().contains(&key), "the list shows keys");
    let id = list[0]["id"].as_str().unwrap().to_owned();
    desk.admin(Method::DELETE, &format!("/access-keys/{id}"), None).await;
    let answer = knock(&desk, door).header("x-auth-key", &key).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_strangers_reach_nothing_with_any_credential() {
    let desk = Desk::new().await;
    let (tests, drafts) = (desk.access_key("test-tokens").await, desk.access_key("client-drafts").await);
    let admin = format!("Bearer {}", desk.running.admin_token());
    for door in DOORS {
        let right = || {
            let request = knock(&desk, door).header("x-auth-key", &tests).header("api-key", &drafts);
            request.header("authorization", &admin)
        };
        let rebound = http().request(door.0.parse().unwrap(), desk.url(door.1));
        let rebound = rebound.header("host", "rebound.example").header("authorization", &admin);
        let rebound = rebound.header("x-auth-key", &tests).header("api-key", &drafts).send().await.unwrap();
        assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST, "{door:?}");
        let elsewhere = right().header("origin", "https://stranger.example").send().await.unwrap();
        assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN, "{door:?}");
        assert_eq!(right().header("origin", "null").send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn self_service_takes_only_its_own_scope_and_each_proof_once() {
    let desk = Desk::new().await;
    let other = desk.token(READ).await;
    let answer = desk.call(Method::GET, "/v1/client", &other).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("DPoP"));
    assert!(read(answer).await["detail"].as_str().unwrap().contains("token.aud"));

    let token = desk.token(SELF_SERVICE).await;
    let request = desk.call(Method::GET, "/v1/client", &token);
    let again = request.try_clone().unwrap();
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let replayed = again.send().await.unwrap();
    assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);
    assert!(replayed.headers().get("dpop-nonce").is_none());
    assert!(read(replayed).await["detail"].as_str().unwrap().contains("dpop.jti_once"));
}
