//! What comes back: status, challenge, and the rule.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::Response;
use helseid_api::test_util::{Broken, Jwt};
use helseid_api::{Rejection, Scheme};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::rule::Rule;
use http::{Method, Request, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{URL, World, answer, ask, challenges, outcome, routes, rule};

/// HelseID's, in the order of challenges.
const ALGS: &str = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512";

#[track_caller]
fn refused(answer: &Response, expected: Rule, status: StatusCode, error: &str) {
    assert_eq!((rule(answer), answer.status()), (Some(expected), status));
    let first = challenges(answer).remove(0);
    assert_eq!(first.parameter("error"), Some(error));
    let description = first.parameter("error_description").unwrap();
    assert!(description.ends_with(&format!("(rule {})", expected.id())), "{description}");
}

#[tokio::test]
async fn a_valid_caller_reaches_the_handler_with_its_claims() {
    let world = World::new();
    let organisation = "helseid://claims/client/claims/orgnr_parent";
    let sent = world.sent().token(|token| token.claim(organisation, "312232324"));
    let answer = answer(&world.router(), &sent).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body: Value = serde_json::from_slice(&to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap();
    assert_eq!(body["client_id"], "the-client");
    assert_eq!(body["helseid://claims/client/claims/orgnr_parent"], "312232324");
}

#[tokio::test]
async fn each_family_of_rules_has_its_status_and_error() {
    let world = World::new();
    let now = 1_790_000_000;
    let token = |change: &dyn Fn(Jwt) -> Jwt| world.sent().token(change);
    let proof = |change: &dyn Fn(Jwt) -> Jwt| world.sent().proof(change);
    let (invalid_token, invalid_proof) = ((401, "invalid_token"), (401, "invalid_dpop_proof"));
    for (sent, expected, (status, error)) in [
        (token(&|jwt| jwt.header("typ", "dpop+jwt")), Rule::TokenTyp, invalid_token),
        (token(&|jwt| jwt.header("alg", "none")), Rule::TokenAlg, invalid_token),
        (token(&|jwt| jwt.header("kid", "another")), Rule::TokenKid, invalid_token),
        (token(&|jwt| jwt.claim("iss", "https://other.example")), Rule::TokenIss, invalid_token),
        (token(&|jwt| jwt.claim("aud", "nhn:other")), Rule::TokenAud, invalid_token),
        (token(&|jwt| jwt.claim("aud", json!(["nhn:api", "nhn:b"]))), Rule::ApiSingleAudience, invalid_token),
        (token(&|jwt| jwt.claim("exp", now - 10)), Rule::TokenExp, invalid_token),
        (token(&|jwt| jwt.claim("nbf", now + 60)), Rule::TokenNbf, invalid_token),
        (token(&|jwt| jwt.claim("scope", 1)), Rule::TokenClaims, invalid_token),
        (token(&|jwt| jwt.without_claim("cnf")), Rule::TokenCnf, invalid_token),
        (token(&|jwt| jwt.claim("cnf", json!({"jkt": "A", "x5t#S256": "A"}))), Rule::TokenCnf, invalid_token),
        (token(&|jwt| jwt.claim("scope", json!([]))), Rule::ApiScope, (403, "insufficient_scope")),
        (proof(&|jwt| jwt.header("typ", "JWT")), Rule::DpopTyp, invalid_proof),
        (proof(&|jwt| jwt.header("alg", "HS256")), Rule::DpopAlg, invalid_proof),
        (proof(&|jwt| jwt.without_header("jwk")), Rule::DpopJwk, invalid_proof),
        (proof(&|jwt| jwt.without_claim("jti")), Rule::DpopJti, invalid_proof),
        (proof(&|jwt| jwt.claim("htm", "POST")), Rule::DpopHtm, invalid_proof),
        (proof(&|jwt| jwt.claim("htu", "https://api.example/other")), Rule::DpopHtu, invalid_proof),
        (proof(&|jwt| jwt.claim("iat", now - 21)), Rule::DpopIat, invalid_proof),
        (proof(&|jwt| jwt.claim("iat", now + 11)), Rule::DpopIat, invalid_proof),
        (proof(&|jwt| jwt.claim("ath", "x")), Rule::DpopAth, invalid_proof),
        (world.sent().broken(Broken::WithoutProof), Rule::ApiProof, (401, "invalid_token")),
        (world.sent().broken(Broken::BoundAsBearer), Rule::ApiScheme, invalid_token),
    ] {
        let answer = answer(&world.router(), &sent).await;
        refused(&answer, expected, StatusCode::from_u16(status).unwrap(), error);
    }
}

#[tokio::test]
async fn headers_that_stand_twice_are_refused() {
    let world = World::new();
    for (name, expected, status, error) in [
        ("authorization", Rule::ApiAuthorization, StatusCode::BAD_REQUEST, "invalid_request"),
        ("dpop", Rule::DpopOnce, StatusCode::UNAUTHORIZED, "invalid_dpop_proof"),
    ] {
        let mut request = world.sent().build(Body::empty());
        let again = request.headers()[name].clone();
        request.headers_mut().append(name, again);
        refused(&ask(&world.router(), request).await, expected, status, error);
    }
}

#[tokio::test]
async fn without_credentials_the_challenge_names_no_error() {
    let world = World::new();
    for (scheme, expected) in
        [(Scheme::Dpop, "DPoP"), (Scheme::Bearer, "Bearer"), (Scheme::Transition, "DPoP Bearer")]
    {
        let router = world.router_with(|builder| builder.scheme(scheme));
        let answer = ask(&router, Request::get("/who").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let challenges = challenges(&answer);
        let names: Vec<_> = challenges.iter().map(Challenge::scheme).collect();
        assert_eq!(names.join(" "), expected);
        assert!(challenges.iter().all(|challenge| challenge.parameter("error").is_none()));
        for challenge in challenges.iter().filter(|challenge| challenge.scheme() == "DPoP") {
            assert_eq!(challenge.parameter("algs"), Some(ALGS));
        }
        assert!(matches!(answer.extensions().get(), Some(Rejection::NoCredentials)));
    }
}

#[tokio::test]
async fn insufficient_scope_names_the_scope() {
    let world = World::new();
    let sent = world.sent().token(|token| token.claim("scope", json!(["nhn:api/other"])));
    let refusal = answer(&world.router(), &sent).await;
    assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
    assert_eq!(challenges(&refusal)[0].parameter("scope"), Some("nhn:api/read"));
}

#[tokio::test]
async fn one_of_several_scopes_does_and_none_of_them_is_refused_with_all() {
    let world = World::new();
    let any = |scopes: [&str; 2]| {
        routes().layer(world.builder().build().unwrap().require_scopes_any(scopes).unwrap())
    };
    let sent = || world.sent().token(|token| token.claim("scope", json!(["nhn:api/other"])));
    assert_eq!(outcome(&any(["nhn:api/other", "nhn:api/third"]), &sent()).await, None);
    let refusal = answer(&any(["nhn:api/read", "nhn:api/third"]), &sent()).await;
    assert_eq!((refusal.status(), rule(&refusal)), (StatusCode::FORBIDDEN, Some(Rule::ApiScope)));
    assert_eq!(challenges(&refusal)[0].parameter("error"), Some("insufficient_scope"));
    assert_eq!(challenges(&refusal)[0].parameter("scope"), Some("nhn:api/read nhn:api/third"));
}

#[tokio::test]
async fn bearer_and_transition_take_unbound_tokens_and_never_bound_ones() {
    let world = World::new();
    for scheme in [Scheme::Bearer, Scheme::Transition] {
        let router = world.router_with(|builder| builder.scheme(scheme));
        let bound = world.sent().broken(Broken::BoundAsBearer);
        assert_eq!(outcome(&router, &bound).await, Some(Rule::ApiBoundToken));
        let both = answer(&router, &bound).await;
        let names: Vec<_> = challenges(&both).iter().map(|one| one.scheme().to_owned()).collect();
        assert_eq!(names.join(" "), if scheme == Scheme::Bearer { "Bearer" } else { "DPoP Bearer" });
        let unbound = world.client.clone().unbound().request(&Method::GET, URL);
        assert_eq!(answer(&router, &unbound).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_nonce_is_asked_for_and_taken() {
    let world = World::new();
    let router = world.router_with(|builder| builder.nonces([9; 32]));
    let asked = answer(&router, &world.sent()).await;
    refused(&asked, Rule::DpopNonce, StatusCode::UNAUTHORIZED, "use_dpop_nonce");
    let nonce = asked.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let fresh = answer(&router, &world.sent().nonce(&nonce)).await;
    assert_eq!((fresh.status(), fresh.headers().get("dpop-nonce")), (StatusCode::OK, None));
    // A new one comes along before the old one is too old, so that no request fails for it.
    world.clock.forward(Duration::from_secs(30));
    let aged = answer(&router, &world.sent().nonce(&nonce)).await;
    let next = aged.headers()["dpop-nonce"].to_str().unwrap();
    assert_eq!(aged.status(), StatusCode::OK);
    world.clock.forward(Duration::from_secs(41));
    assert_eq!(outcome(&router, &world.sent().nonce(&nonce)).await, Some(Rule::DpopNonce));
    assert_eq!(answer(&router, &world.sent().nonce(next)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_handler_without_protection_lets_nobody_in() {
    let world = World::new();
    let answer = answer(&routes(), &world.sent()).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_of_a_stranger_come_in(authorization in "[ -~]{0,80}", proof in proptest::option::of("[ -~]{0,80}")) {
        let world = World::new();
        let mut request = Request::get("/who").header("authorization", authorization);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let request = request.body(Body::empty()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(ask(&world.router(), request));
        prop_assert!(answer.status().is_client_error());
    }
}
