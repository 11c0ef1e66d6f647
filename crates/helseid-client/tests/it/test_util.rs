use std::sync::Arc;
use std::time::Duration;

use helseid_client::TokenRequest;
use helseid_client::protocol::jose::base64url;
use helseid_client::protocol::jose::json::Object;
use helseid_client::protocol::scope::ScopeSet;
use helseid_client::protocol::secret::AccessToken;
use helseid_client::protocol::time::Clock as _;
use helseid_client::test_util::{TestClock, TestIssuer};
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, VerifyKey};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

#[tokio::test]
async fn tokens_without_a_network_are_kept_expire_and_are_bound_like_real_ones() {
    let (issuer, clock) = (TestIssuer::new(), TestClock::new());
    let client = issuer.client(&clock).unwrap();
    let scope = ScopeSet::parse("nhn:kjernejournal/read").unwrap();
    let request = TokenRequest::default().scope(scope.clone());
    let token = client.token_for(&request).await.unwrap();
    assert_eq!(token.scope(), Some(&scope));
    assert!(
        client.token_for(&request).await.unwrap().access_token().expose() == token.access_token().expose()
    );

    let unverified = Unverified::parse(token.access_token().expose(), 16_384).unwrap();
    let key = VerifyKey::new(issuer.jwks().keys()[0].clone()).unwrap();
    let claims = unverified.verify(&key, Algorithm::ES256).unwrap().claims().clone();
    assert_eq!(claims["aud"], "nhn:kjernejournal");
    assert_eq!(claims["cnf"]["jkt"], client.proof_thumbprint().as_str());

    clock.forward(Duration::from_secs(600));
    assert!(
        client.token_for(&request).await.unwrap().access_token().expose() != token.access_token().expose()
    );
}

fn claims(token: &AccessToken) -> Object {
    Unverified::parse(token.expose(), 16_384).unwrap().unverified_claims().clone()
}

/// The token of a caller, as an API was called with it. Nobody looks at its signature here.
fn subject(caller: usize, clock: &TestClock, lifetime: i64) -> AccessToken {
    let claims = json!({
        "iss": "https://helseid.test.example", "aud": "nhn:mine", "client_id": "web", "sub": format!("caller {caller}"),
        "exp": clock.now().seconds() + lifetime, "name": "the same name",
    });
    let part = |json: &str| base64url::encode(json.as_bytes());
    AccessToken::new(format!(
        "{}.{}.c2ln",
        part(r#"{"alg":"ES256","typ":"at+jwt"}"#),
        part(&claims.to_string())
    ))
}

#[tokio::test]
async fn an_exchanged_token_of_a_test_says_for_whom_and_by_whom_and_ends_with_its_subject() {
    let (issuer, clock) = (TestIssuer::new(), TestClock::new());
    let client = issuer.client(&clock).unwrap();
    let scope = ScopeSet::parse("nhn:next/read").unwrap();
    let token = client.exchange(subject(7, &clock, 60)).scope(scope).token().await.unwrap();
    let said = claims(token.access_token());
    assert_eq!((&said["sub"], &said["client_id"]), (&json!("caller 7"), &json!("test-client")));
    assert_eq!(said["act"], json!({ "iss": "https://helseid.test.example", "client_id": "test-client" }));
    assert_eq!(said["helseid://claims/client/original_client_id"], "web");
    assert_eq!(said["exp"], clock.now().seconds() + 60);
    assert_eq!(
        (&said["aud"], &said["cnf"]["jkt"]),
        (&json!("nhn:next"), &json!(client.proof_thumbprint().as_str()))
    );
}

/// However many callers there are at once, and whatever expires meanwhile, nobody is called for by the token of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_exchanges_of_fifty_callers_at_once_are_each_its_own_callers() {
    const CALLERS: usize = 50;
    let (issuer, clock) = (TestIssuer::new(), TestClock::new());
    let client = issuer.client(&clock).unwrap();
    let places = Arc::new(Semaphore::new(64));
    let (mut calls, mut subjects) = (JoinSet::new(), Vec::new());
    for call in 0..10_000 {
        let place = places.clone().acquire_owned().await.unwrap();
        if call % 500 == 0 {
            clock.forward(Duration::from_secs(20));
        }
        if call % 1_000 == 0 {
            // A quarter of them end before they are replaced.
            let lifetime = |caller| if caller % 4 == 0 { 15 } else { 60 };
            subjects = (0..CALLERS).map(|caller| subject(caller, &clock, lifetime(caller))).collect();
        }
        let (client, caller) = (client.clone(), call % CALLERS);
        let token = subjects[caller].clone();
        calls.spawn(async move {
            let token = client.exchange(token).token().await.unwrap();
            drop(place);
            assert_eq!(claims(token.access_token())["sub"], format!("caller {caller}"));
        });
    }
    assert_eq!(calls.join_all().await.len(), 10_000);
}
