//! What our own API makes of tokens that our own key has signed.

use ::http::{Method, StatusCode};
use helseid_admin_api::ClientRegistration;
use helseid_protocol::dpop::{ProofRequest, Target};
use helseid_protocol::forge::{self, Jwt, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, JwtId};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{SystemRandom, capital_hexadecimal};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use serde_json::Value;

use crate::registry::bootstrap::{SELF_SERVICE, SELF_SERVICE_SCOPE};
use crate::{Authority, Config, Running};

fn new_key() -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap()
}

fn jwt_id() -> JwtId {
    JwtId::parse(&capital_hexadecimal(&SystemRandom)).unwrap()
}

/// The status of `GET /v1/client` with a token for the client, signed by the authority's own key.
async fn answered(running: &Running, client_id: &ClientId, change: impl FnOnce(Jwt) -> Jwt) -> StatusCode {
    let (oauth, key) = (&running.oauth, new_key());
    let (now, key_set) = (oauth.clock.now(), oauth.keys.wait().await.unwrap());
    let facts = TokenFacts {
        issuer: &oauth.issuer.name,
        audience: &Audience::parse(SELF_SERVICE).unwrap(),
        client_id,
        scope: &ScopeSet::parse(SELF_SERVICE_SCOPE).unwrap(),
        bound_to: Some(&key.public().thumbprint()),
        jwt_id: &jwt_id(),
        now,
    };
    let own = key_set.signing_key(oauth.keys.algorithm(), now).unwrap();
    let token = change(forge::access_token(own, facts)).sign(own);
    let url = oauth.issuer.name.at("/v1/client");
    let proof = ProofRequest {
        method: &Method::GET,
        target: &Target::parse(&url).unwrap(),
        nonce: None,
        access_token: Some(&AccessToken::new(&token)),
        jwt_id: &jwt_id(),
        now,
    };
    let proof = forge::proof(&key, proof).sign(&key);
    let get = reqwest::Client::builder().no_proxy().build().unwrap().get(url);
    let get = get.header("authorization", format!("DPoP {token}")).header("dpop", proof);
    get.send().await.unwrap().status()
}

#[tokio::test]
async fn a_token_that_the_test_token_double_made_is_refused_whatever_it_says() {
    let config = Config::in_memory().listen(["127.0.0.1:0".parse().unwrap()]).algorithm(Algorithm::ES256);
    let running = Authority::start(config).await.unwrap();
    let id: ClientId = "a-client".parse().unwrap();
    let jwk = Value::Object(new_key().public().members().clone());
    let mut client = ClientRegistration::new("a client", ScopeSet::default(), vec![jwk]);
    client.client_id = Some(id.clone());
    running.register(client).await.unwrap();
    assert_eq!(answered(&running, &id, |token| token).await, StatusCode::OK);
    let marked = |value: Value| move |token: Jwt| token.claim(crate::nhn::test_tokens::MARK, value);
    for value in [Value::Bool(true), Value::Bool(false), Value::Null] {
        assert_eq!(answered(&running, &id, marked(value)).await, StatusCode::FORBIDDEN);
    }
}
