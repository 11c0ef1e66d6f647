//! Journeys through the real client, authority and API.

#![cfg(test)]

mod attestation;
mod conformity;
mod desk;
mod errors;
mod faults;
mod organisations;
mod rotation;
mod still_good;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_api::Scheme;
use helseid_client::{Client, ErrorKind, Event, KeyLocation, Observer, TokenRequest};
use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::PrivateKeyText;
use helseid_testkit::{World, registration};
use http::StatusCode;
use serde_json::Value;

async fn world() -> World {
    World::start(Profile::Helseid).await.unwrap()
}

async fn whoami(world: &World, client: &Client) -> Value {
    let answer = client.get(&world.url()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.headers());
    serde_json::from_slice(answer.bytes()).unwrap()
}

/// The description of the authority's refusal.
fn refusal(error: &helseid_client::Error) -> String {
    error.oauth().unwrap().1.description.clone().unwrap()
}

#[tokio::test]
async fn a_client_gets_a_token_and_reads_the_api_in_each_profile() {
    for profile in [Profile::Helseid, Profile::HelseidNext, Profile::Legacy, Profile::Fapi2] {
        let world = match profile {
            Profile::Fapi2 => World::start_with_https(profile, |api| api).await.unwrap(),
            _ => World::start(profile).await.unwrap(),
        };
        let client = world.client().unwrap();
        let claims = whoami(&world, &client).await;
        assert_eq!(claims["client_id"], world.client_id.as_str(), "{profile}");
        assert_eq!(claims["cnf"]["jkt"], client.proof_thumbprint().as_str(), "{profile}");
    }
}

/// The algorithms of the assertions that were sent.
#[derive(Clone, Default)]
struct Signed(Arc<Mutex<Vec<String>>>);

impl Observer for Signed {
    fn event(&self, event: Event<'_>) {
        if let Event::TokenRequested { assertion, .. } = event {
            self.0.lock().unwrap().push(assertion.header["alg"].as_str().unwrap().to_owned());
        }
    }
}

#[tokio::test]
async fn a_client_signs_with_each_of_the_nine_algorithms() {
    let world = world().await;
    for algorithm in AlgorithmSet::HELSEID.iter() {
        let key = PrivateJwk::generate(algorithm, RsaSize::Bits2048, None);
        let registered = world.authority.register(registration(&key).unwrap()).await.unwrap();
        let mut config = world.config();
        (config.client_id, config.key) = (registered.client_id, KeyLocation::Text(key.to_json()));
        let signed = Signed::default();
        let client = Client::builder(config).clock(world.clock().clone()).observer(signed.clone());
        client.build().unwrap().token().await.unwrap_or_else(|why| panic!("{algorithm}: {why}"));
        let signed = signed.0.lock().unwrap();
        assert!(!signed.is_empty() && signed.iter().all(|name| name == algorithm.name()), "{signed:?}");
    }
}

#[tokio::test]
async fn a_client_with_ed25519_keys_is_let_in_everywhere_under_fapi2() {
    let world = World::start_with_https(Profile::Fapi2, |api| api.profile(Profile::Fapi2)).await.unwrap();
    let new = || PrivateJwk::generate(Algorithm::EdDSA, RsaSize::Bits2048, None);
    let key = new();
    let registered = world.authority.register(registration(&key).unwrap()).await.unwrap();
    let renamed = key.to_json().expose().replace(r#""alg":"EdDSA""#, r#""alg":"Ed25519""#);
    assert!(renamed.contains("Ed25519\",") || renamed.contains("\"Ed25519\"}"), "the other name");
    let mut config = world.config();
    (config.client_id, config.key) = (registered.client_id, KeyLocation::Text(PrivateKeyText::new(renamed)));
    let client = Client::builder(config).clock(world.clock().clone()).prove_with(new()).build().unwrap();
    whoami(&world, &client).await;
}

#[tokio::test]
async fn an_rs256_proof_is_refused_at_an_api_under_fapi2() {
    let world = World::start_with(Profile::Helseid, |api| api.profile(Profile::Fapi2)).await.unwrap();
    let key = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
    let client =
        Client::builder(world.config()).clock(world.clock().clone()).prove_with(key).build().unwrap();
    let answer = client.get(&world.url()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains("invalid_dpop_proof") && challenge.contains("PS256 ES256 EdDSA"),
        "{challenge}"
    );
}

#[tokio::test]
async fn a_token_serves_until_it_expires_and_then_a_new_one_comes() {
    let world = world().await;
    let client = world.client().unwrap();
    let first = client.token().await.unwrap();
    world.clock().forward(Duration::from_secs(300));
    let same = client.token().await.unwrap();
    assert_eq!(same.access_token().expose(), first.access_token().expose());
    world.clock().forward(Duration::from_secs(300));
    let next = client.token().await.unwrap();
    assert_ne!(next.access_token().expose(), first.access_token().expose());
    whoami(&world, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_at_once_all_pass_with_proofs_of_their_own() {
    let world = Arc::new(world().await);
    let client = world.client().unwrap();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (client, url) = (client.clone(), world.url());
            tokio::spawn(async move { client.get(&url).send().await.unwrap().status() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
}

#[tokio::test]
async fn an_api_that_asks_for_nonces_is_followed() {
    let world = World::start_with(Profile::Helseid, |api| api.nonces([7; 32])).await.unwrap();
    let client = world.client().unwrap();
    whoami(&world, &client).await;
    world.clock().forward(Duration::from_secs(100));
    whoami(&world, &client).await;
}

#[tokio::test]
async fn an_api_under_transition_takes_bound_tokens() {
    let world = World::start_with(Profile::Helseid, |api| api.scheme(Scheme::Transition)).await.unwrap();
    whoami(&world, &world.client().unwrap()).await;
}

#[tokio::test]
async fn clocks_may_differ_by_ten_seconds_and_no_more() {
    let world = world().await;
    for (ahead, passes) in [(9, true), (-9, true), (90, false), (-90, false)] {
        let clock = world.clock().clone();
        let told = move || {
            use helseid_protocol::time::{Clock as _, Timestamp};
            Timestamp::from_seconds(clock.now().seconds() + ahead)
        };
        let client = Client::builder(world.config()).clock(told).build().unwrap();
        let outcome = client.token().await;
        assert_eq!(outcome.is_ok(), passes, "{ahead} s");
        if let Err(error) = outcome {
            assert!(refusal(&error).contains("(rule assertion."), "{error}");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_not_registered_is_refused_by_its_rule() {
    let world = world().await;
    let mut config = world.config();
    let stranger = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    config.key = KeyLocation::Text(stranger.to_json());
    let client = Client::builder(config).clock(world.clock().clone()).build().unwrap();
    let error = client.token().await.expect_err("a stranger's key");
    assert_eq!(error.kind(), ErrorKind::OAuth);
    assert!(refusal(&error).contains("(rule assertion.kid)"), "{error}");
}

#[tokio::test]
async fn a_scope_that_is_not_the_clients_is_refused_and_nothing_is_called() {
    let world = world().await;
    let client = world.client().unwrap();
    let wanted = TokenRequest::default().scope(ScopeSet::parse("nhn:bff-sample/api").unwrap());
    let error = client.get(&world.url()).token_for(wanted).send().await.expect_err("another's scope");
    assert!(refusal(&error).contains("(rule request.scope_allowed)"), "{error}");
}

#[tokio::test]
async fn a_token_without_the_scope_of_the_api_is_told_what_is_missing() {
    let world = world().await;
    let client = world.client().unwrap();
    let wanted = TokenRequest::default().scope(ScopeSet::parse("nhn:selvbetjening/client").unwrap());
    let answer = client.get(&world.url()).token_for(wanted).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("(rule token.aud)"), "{challenge}");
}
