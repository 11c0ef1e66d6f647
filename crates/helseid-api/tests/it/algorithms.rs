//! The profiles' algorithms, for tokens and for proofs, and the keys for them.

use helseid_api::Profile;
use helseid_api::test_util::{Broken, Jwt, TestIssuer};
use helseid_protocol::jose::{Algorithm, AlgorithmSet, JwkSet, PublicJwk};
use helseid_protocol::key_cache::IssuerKeys;
use helseid_protocol::rule::Rule;
use http::StatusCode;

use crate::world::{ISSUER, World, answer, challenges, outcome, rule};

#[tokio::test]
async fn tokens_and_proofs_of_each_of_the_nine_algorithms_pass() {
    for algorithm in AlgorithmSet::HELSEID.iter() {
        let mut world = World::of(TestIssuer::with_algorithm(ISSUER, algorithm));
        world.client = world.client.proof_algorithm(algorithm);
        let router = world.router();
        assert_eq!(outcome(&router, &world.sent()).await, None, "{algorithm}");
        let forged = world.sent().broken(Broken::TokenSignature);
        assert_eq!(outcome(&router, &forged).await, Some(Rule::TokenSignature), "{algorithm}");
        let forged = world.sent().broken(Broken::ProofSignature);
        assert_eq!(outcome(&router, &forged).await, Some(Rule::DpopSignature), "{algorithm}");
    }
}

#[tokio::test]
async fn an_api_under_fapi2_takes_its_three_algorithms_and_tells_them() {
    let profile = Profile::Fapi2;
    for algorithm in Algorithm::ALL {
        let is_taken = profile.switches().algorithms.contains(algorithm);
        let signed = World::of(TestIssuer::with_algorithm(ISSUER, algorithm));
        let router = signed.router_with(|api| api.profile(profile));
        let expected = (!is_taken).then_some(Rule::TokenAlg);
        assert_eq!(outcome(&router, &signed.sent()).await, expected, "{algorithm}");

        let mut proven = World::new();
        proven.client = proven.client.proof_algorithm(algorithm);
        let router = proven.router_with(|api| api.profile(profile));
        let answer = answer(&router, &proven.sent()).await;
        assert_eq!(rule(&answer), (!is_taken).then_some(Rule::DpopAlg), "{algorithm}");
        if !is_taken {
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(challenges(&answer)[0].parameter("algs"), Some("PS256 ES256 EdDSA"));
        }
    }
    let metadata =
        World::new().builder().profile(profile).build().unwrap().metadata().unwrap().json().to_owned();
    assert!(
        metadata.contains(r#""dpop_signing_alg_values_supported":["PS256","ES256","EdDSA"]"#),
        "{metadata}"
    );
}

#[tokio::test]
async fn ed25519_is_another_name_of_eddsa() {
    let mut world = World::of(TestIssuer::with_algorithm(ISSUER, Algorithm::EdDSA));
    world.client = world.client.proof_algorithm(Algorithm::EdDSA);
    let renamed = || {
        let named = |jwt: Jwt| jwt.header("alg", "Ed25519");
        world.sent().token(named).proof(named)
    };
    let fapi2 = world.router_with(|api| api.profile(Profile::Fapi2));
    assert_eq!(outcome(&fapi2, &renamed()).await, None);
    assert_eq!(outcome(&fapi2, &renamed().broken(Broken::ProofSignature)).await, Some(Rule::DpopSignature));
    assert_eq!(outcome(&world.router(), &renamed()).await, Some(Rule::TokenAlg), "HelseID has neither");
}

#[tokio::test]
async fn keys_of_one_name_are_tried_in_turn() {
    let (world, stranger) = (World::new(), TestIssuer::new(ISSUER));
    let other = stranger.key_set().keys()[0].clone();
    let own = world.issuer.key_set().keys()[0].clone();
    assert_eq!(own.key_id(), other.key_id());
    let router = world.router_with(|api| api.keys(IssuerKeys::new(&JwkSet::new(vec![other.clone(), own]))));
    assert_eq!(outcome(&router, &world.sent()).await, None);
    assert_eq!(outcome(&router, &world.sent()).await, None);
    let forged = world.sent().broken(Broken::TokenSignature);
    assert_eq!(outcome(&router, &forged).await, Some(Rule::TokenSignature));
    let without = world.router_with(|api| api.keys(IssuerKeys::new(&JwkSet::new(vec![other]))));
    assert_eq!(outcome(&without, &world.sent()).await, Some(Rule::TokenSignature));
}

#[tokio::test]
async fn a_set_whose_keys_have_no_name_serves_every_kid() {
    let world = World::new();
    let nameless = PublicJwk::from_object(world.issuer.key_set().keys()[0].bare()).unwrap();
    let router = world.router_with(|api| api.keys(IssuerKeys::new(&JwkSet::new(vec![nameless]))));
    assert_eq!(outcome(&router, &world.sent()).await, None);
    let forged = world.sent().broken(Broken::TokenSignature);
    assert_eq!(outcome(&router, &forged).await, Some(Rule::TokenSignature));
}
