//! Once is once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;

use helseid_api::{Claimed, KeySource, MaybeReady, MemoryReplayGuard, ProofUse, ReplayGuard};
use helseid_protocol::forge::TestClock;
use helseid_protocol::id::KeyId;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Rule;
use helseid_test_services::rounds;
use http::{HeaderMap, Request, StatusCode};
use tokio::sync::Barrier;

use crate::world::{World, answer, outcome, routes, rule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_equal_proofs_at_once_one_passes_in_each_round() {
    let world = World::new();
    let router = world.router();
    for round in 0..rounds(100) {
        let headers = world.sent().headers();
        let (passed, used_before) = volley(&router, &headers, 50).await;
        assert_eq!((passed, used_before), (1, 49), "round {round}");
    }
}

/// Sends the same request so many times at once: how many passed, and how many were refused as used before.
pub(crate) async fn volley(router: &Router, headers: &HeaderMap, times: usize) -> (usize, usize) {
    let start = Arc::new(Barrier::new(2));
    let send = |times: usize| {
        let (router, headers, start) = (router.clone(), headers.clone(), start.clone());
        tokio::spawn(async move {
            let requests = (0..times).map(|_| {
                let mut request = Request::get("/who").body(Body::empty()).unwrap();
                *request.headers_mut() = headers.clone();
                tokio::spawn(crate::world::ask_owned(router.clone(), request))
            });
            start.wait().await;
            let mut outcomes = (0, 0);
            for answer in requests.collect::<Vec<_>>() {
                let answer = answer.await.unwrap();
                match (answer.status(), rule(&answer)) {
                    (StatusCode::OK, None) => outcomes.0 += 1,
                    (_, Some(Rule::DpopJtiOnce)) => outcomes.1 += 1,
                    other => panic!("{other:?}"),
                }
            }
            outcomes
        })
    };
    let (one, other) = (send(times / 2), send(times - times / 2));
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    (one.0 + other.0, one.1 + other.1)
}

#[tokio::test]
async fn proofs_of_their_own_all_pass() {
    let world = World::new();
    let router = world.router();
    for _ in 0..50 {
        assert_eq!(answer(&router, &world.sent()).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_proof_stays_used_for_as_long_as_it_would_be_good() {
    let world = World::new();
    let (router, sent) = (world.router(), world.sent());
    assert_eq!(answer(&router, &sent).await.status(), StatusCode::OK);
    world.clock.forward(Duration::from_secs(20));
    assert_eq!(outcome(&router, &sent).await, Some(Rule::DpopJtiOnce));
    world.clock.forward(Duration::from_secs(1));
    assert_eq!(outcome(&router, &sent).await, Some(Rule::DpopIat));
}

#[tokio::test]
async fn a_full_guard_refuses_for_now() {
    let world = World::new();
    let router = world.router_with(|builder| builder.replay_guard(MemoryReplayGuard::new(1)));
    assert_eq!(answer(&router, &world.sent()).await.status(), StatusCode::OK);
    let full = answer(&router, &world.sent()).await;
    assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(full.headers().contains_key("retry-after"));
    world.clock.forward(Duration::from_secs(60));
    assert_eq!(answer(&router, &world.sent()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn layers_of_one_protection_claim_a_proof_once_and_those_of_two_do_not_trust_each_other() {
    let world = World::new();
    let one = world.builder().build().unwrap();
    let both = routes().layer(one.require_scopes_all(["nhn:api/read"]).unwrap()).layer(one.layer());
    assert_eq!(answer(&both, &world.sent()).await.status(), StatusCode::OK);

    let other = helseid_api::ApiProtection::builder(crate::world::ISSUER, "nhn:other");
    let other =
        other.public_url("https://api.example").keys(NoKeys).clock(world.clock.clone()).build().unwrap();
    let two = routes().layer(other.layer()).layer(one.layer());
    assert_eq!(outcome(&two, &world.sent()).await, Some(Rule::TokenKid));
}

#[tokio::test]
async fn keys_and_claims_that_come_later_are_waited_for_and_each_proof_is_claimed_once() {
    let world = World::new();
    let claims = Arc::new(AtomicUsize::new(0));
    let guard = LaterGuard(MemoryReplayGuard::default(), claims.clone());
    let keys = LaterKeys(Arc::new(world.issuer.keys()));
    let router = world.router_with(|builder| builder.keys(keys).replay_guard(guard));
    let sent = world.sent();
    let headers = sent.headers();
    for (expected, claimed) in [(None, 1), (Some(Rule::DpopJtiOnce), 2)] {
        let mut request = Request::get("/who").body(Body::empty()).unwrap();
        *request.headers_mut() = headers.clone();
        let answer = crate::world::ask(&router, request).await;
        assert_eq!((rule(&answer), claims.load(Ordering::SeqCst)), (expected, claimed));
    }
}

#[tokio::test]
async fn a_guard_that_tells_later_is_asked_once_for_a_request_whose_keys_are_there() {
    let world = World::new();
    let claims = Arc::new(AtomicUsize::new(0));
    let guard = LaterGuard(MemoryReplayGuard::default(), claims.clone());
    let router = world.router_with(|builder| builder.replay_guard(guard));
    assert_eq!(outcome(&router, &world.sent()).await, None);
    assert_eq!(claims.load(Ordering::SeqCst), 1);
}

/// Claims when it is asked, and tells later.
struct LaterGuard(MemoryReplayGuard, Arc<AtomicUsize>);

impl ReplayGuard for LaterGuard {
    fn claim(&self, proof: ProofUse) -> Claimed<'_> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let claim = self.0.claim(proof);
        MaybeReady::later(async move {
            tokio::task::yield_now().await;
            claim.await
        })
    }
}

#[tokio::test]
async fn who_waits_for_keys_is_judged_by_the_time_after_the_wait() {
    let world = World::new();
    let keys = SlowKeys { keys: world.issuer.keys(), clock: world.clock.clone() };
    let slow = world.router_with(|builder| builder.keys(keys));
    assert_eq!(outcome(&slow, &world.sent()).await, Some(Rule::DpopIat));
}

#[tokio::test]
async fn a_clock_that_goes_forward_and_back_lets_no_proof_pass_twice() {
    let world = World::new();
    let (router, used) = (world.router(), world.sent());
    let headers = used.headers();
    let send = async || {
        let mut request = Request::get("/who").body(Body::empty()).unwrap();
        *request.headers_mut() = headers.clone();
        crate::world::ask(&router, request).await.status()
    };
    assert_eq!(send().await, StatusCode::OK);
    world.clock.forward(Duration::from_secs(60));
    // So many that every part of the memory is asked.
    for _ in 0..200 {
        assert_eq!(answer(&router, &world.sent()).await.status(), StatusCode::OK);
    }
    world.clock.back(Duration::from_secs(60));
    assert_eq!(send().await, StatusCode::SERVICE_UNAVAILABLE);
    world.clock.forward(Duration::from_secs(35));
    assert_eq!(answer(&router, &world.sent()).await.status(), StatusCode::OK);
}

/// Keys that come when a proof has grown too old.
struct SlowKeys<K> {
    keys: K,
    clock: TestClock,
}

impl<K: KeySource> KeySource for SlowKeys<K> {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> helseid_api::Found<'a> {
        MaybeReady::later(async move {
            self.clock.forward(Duration::from_secs(40));
            self.keys.find(kid, algorithm).await
        })
    }
}

struct LaterKeys<K>(Arc<K>);

impl<K: KeySource> KeySource for LaterKeys<K> {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> helseid_api::Found<'a> {
        MaybeReady::later(async move {
            tokio::task::yield_now().await;
            self.0.find(kid, algorithm).await
        })
    }
}

#[tokio::test]
async fn without_keys_the_answer_is_503() {
    let world = World::new();
    let router = world.router_with(|builder| builder.keys(Away));
    let answer = answer(&router, &world.sent()).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
}

struct NoKeys;

impl KeySource for NoKeys {
    fn find<'a>(&'a self, _: &'a KeyId, _: Algorithm) -> helseid_api::Found<'a> {
        MaybeReady::ready(Ok(None))
    }
}

struct Away;

impl KeySource for Away {
    fn find<'a>(&'a self, _: &'a KeyId, _: Algorithm) -> helseid_api::Found<'a> {
        MaybeReady::ready(Err(helseid_api::KeysUnavailable("away".into())))
    }
}
