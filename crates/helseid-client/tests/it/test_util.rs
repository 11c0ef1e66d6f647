use std::time::Duration;

use helseid_client::TokenRequest;
use helseid_client::protocol::scope::ScopeSet;
use helseid_client::test_util::{TestClock, TestIssuer};
use helseid_protocol::jose::jws::Unverified;
use helseid_protocol::jose::{Algorithm, VerifyKey};

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
