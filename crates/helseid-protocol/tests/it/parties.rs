//! An authority, an API and a client, as far as this crate goes.

use std::sync::LazyLock;

use helseid_protocol::assertion::{AssertionRequest, ClientKey, Expectations, PresentedAssertion};
use helseid_protocol::dpop::{
    Expectations as ProofExpectations, ExpectedNonce, PresentedProof, ProofRequest, Target,
};
use helseid_protocol::forge::{self, Jwt, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer, JwtId, KeyId};
use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use helseid_protocol::resource::{Credentials, Policy};
use helseid_protocol::rule::{Fault, OtherAlgorithm, Rule, Switches, Trail};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use http::{HeaderMap, HeaderValue, Method};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(crate) static ISSUER_KEY: LazyLock<SigningKey> = LazyLock::new(|| key(Algorithm::RS256, "issuer"));
pub(crate) static CLIENT_KEY: LazyLock<SigningKey> = LazyLock::new(|| key(Algorithm::ES256, "client"));

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::parse("https://sts.example").unwrap());
static CLIENT: LazyLock<ClientId> = LazyLock::new(|| ClientId::parse("the-client").unwrap());

pub(crate) fn key(algorithm: Algorithm, kid: &str) -> SigningKey {
    SigningKey::new(&private(algorithm, kid)).unwrap()
}

pub(crate) fn private(algorithm: Algorithm, kid: &str) -> PrivateJwk {
    PrivateJwk::generate(algorithm, RsaSize::Bits2048, Some(KeyId::parse(kid).unwrap()))
}

pub(crate) fn verify_key(key: &SigningKey) -> VerifyKey {
    VerifyKey::new(key.public().clone()).unwrap()
}

/// A valid access token of the issuer, unbound.
pub(crate) fn access_token() -> Jwt {
    let facts = TokenFacts {
        issuer: &ISSUER,
        audience: &Audience::parse("nhn:api").unwrap(),
        client_id: &CLIENT,
        scope: &ScopeSet::parse("nhn:api/read").unwrap(),
        bound_to: None,
        jwt_id: &JwtId::parse("1").unwrap(),
        now: NOW,
    };
    forge::access_token(&ISSUER_KEY, facts)
}

/// What an API says of an access token.
pub(crate) fn api(token: &str) -> Result<(), Fault> {
    let mut policy = Policy::new(ISSUER.clone(), Audience::parse("nhn:api").unwrap());
    policy.scheme = helseid_protocol::resource::Scheme::Bearer;
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_bytes(format!("Bearer {token}").as_bytes());
    headers.insert("authorization", value.unwrap_or(HeaderValue::from_static("Bearer")));
    let mut trail = Trail::new();
    let credentials = Credentials::read(&headers, policy.scheme, &mut trail)?.expect("credentials");
    let presented = credentials.token(&policy, &mut trail)?;
    let key = verify_key(&ISSUER_KEY);
    let named = presented.kid().is_some_and(|kid| Some(kid) == key.key_id());
    presented.check(named.then_some(&key), &policy, NOW, &mut trail).map(drop)
}

/// A valid assertion of the client.
pub(crate) fn assertion() -> Jwt {
    let jwt_id = JwtId::parse("once").unwrap();
    let request =
        AssertionRequest { client_id: &CLIENT, issuer: &ISSUER, jwt_id: &jwt_id, now: NOW, details: None };
    forge::assertion(&CLIENT_KEY, request)
}

/// What the authority says of an assertion.
pub(crate) fn authority(assertion: &str) -> Result<(), Fault> {
    let key = ClientKey { key: verify_key(&CLIENT_KEY), expires: None };
    let expectations = Expectations {
        issuer: &ISSUER,
        token_endpoint: "https://sts.example/connect/token",
        switches: &Switches::HELSEID,
        tolerance: TOLERANCE,
        now: NOW,
    };
    let mut trail = Trail::new();
    PresentedAssertion::read(assertion, &mut trail)?.check(&[key], expectations, &mut trail).map(drop)
}

/// A valid proof of the client, for a GET of `https://api.example/`.
pub(crate) fn proof() -> Jwt {
    let target = Target::parse("https://api.example/").unwrap();
    let request = ProofRequest {
        method: &Method::GET,
        target: &target,
        nonce: None,
        access_token: None,
        jwt_id: &JwtId::parse("1").unwrap(),
        now: NOW,
    };
    forge::proof(&CLIENT_KEY, request)
}

/// What a server says of a proof.
pub(crate) fn server(proof: &str) -> Result<(), Fault> {
    let expectations = ProofExpectations {
        method: &Method::GET,
        targets: &[Target::parse("https://api.example/").unwrap()],
        nonce: ExpectedNonce::None,
        bound_to: None,
        algorithms: AlgorithmSet::HELSEID,
        other_algorithm: OtherAlgorithm::Warned,
        window: std::time::Duration::from_secs(10),
        tolerance: TOLERANCE,
        now: NOW,
    };
    let mut trail = Trail::new();
    PresentedProof::parse(proof, &mut trail)?.check(expectations, &mut trail).map(drop)
}

#[track_caller]
pub(crate) fn breaks(rule: Rule, outcome: Result<(), Fault>) {
    assert_eq!(outcome.expect_err("a fault").rule(), rule);
}

#[test]
fn what_is_valid_passes_all_three() {
    api(&access_token().sign(&ISSUER_KEY)).expect("a valid token");
    authority(&assertion().sign(&CLIENT_KEY)).expect("a valid assertion");
    server(&proof().sign(&CLIENT_KEY)).expect("a valid proof");
}
