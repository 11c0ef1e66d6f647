//! Tokens and keys that came before cost less, and are let in no further than new ones.

use std::time::Duration;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use helseid_api::test_util::{Broken, TestIssuer};
use helseid_api::{ApiProtectionBuilder, Found, KeySource};
use helseid_protocol::id::KeyId;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::key_cache::IssuerKeys;
use helseid_protocol::rule::Rule;
use http::Request;
use proptest::prelude::*;

use crate::metrics::Counts;
use crate::world::{World, answer, ask, outcome, rule};

/// Keys that the test replaces.
#[derive(Clone)]
struct Fetched(Arc<Mutex<IssuerKeys>>);

impl KeySource for Fetched {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        let found = self.0.lock().unwrap().find(kid, algorithm).cloned();
        Found::ready(Ok(found))
    }
}

fn remembering(world: &World, tokens: usize, proof_keys: usize) -> Router {
    world.router_with(|builder: ApiProtectionBuilder| builder.remember(tokens, proof_keys))
}

#[tokio::test]
async fn every_break_is_found_with_a_token_and_key_that_were_seen() {
    let world = World::new();
    for (tokens, proof_keys) in [(0, 0), (100, 0), (0, 100), (100, 100), (1, 1)] {
        let router = remembering(&world, tokens, proof_keys);
        let mut known = world.sent();
        known.token_text = Some(known.token_text());
        assert_eq!(outcome(&router, &known).await, None);
        for broken in Broken::ALL {
            let of_proof = broken.rule().id().starts_with("dpop.") && broken != Broken::TokenJkt;
            // What breaks the proof alone comes with the token that was seen.
            let mut sent = world.sent();
            sent.token_text = known.token_text.clone().filter(|_| of_proof);
            assert_eq!(
                outcome(&router, &sent.broken(broken)).await,
                Some(broken.rule()),
                "{broken:?} {tokens} {proof_keys}"
            );
        }
        let mut again = world.sent();
        again.token_text.clone_from(&known.token_text);
        assert_eq!(outcome(&router, &again).await, None);
    }
}

#[tokio::test]
async fn a_token_that_was_seen_ends_with_its_time_and_with_its_key() {
    let world = World::new();
    let keys = Fetched(Arc::new(Mutex::new(world.issuer.keys())));
    let router = world.router_with(|builder| builder.keys(keys.clone()));
    let token = Some(world.sent().token_text());
    let again = || {
        let mut sent = world.sent();
        sent.token_text.clone_from(&token);
        sent
    };
    assert_eq!(outcome(&router, &again()).await, None);
    // The same key in a newer set: checked again, and good.
    *keys.0.lock().unwrap() = world.issuer.keys();
    assert_eq!(outcome(&router, &again()).await, None);
    // Another key of the same name: the old one is gone.
    *keys.0.lock().unwrap() = world.issuer.rotated("test-issuer").keys();
    assert_eq!(outcome(&router, &again()).await, Some(Rule::TokenSignature));
    *keys.0.lock().unwrap() = world.issuer.rotated("newer").keys();
    assert_eq!(outcome(&router, &again()).await, Some(Rule::TokenKid));
    *keys.0.lock().unwrap() = world.issuer.keys();
    assert_eq!(outcome(&router, &again()).await, None);
    world.clock.forward(Duration::from_secs(600 + 10));
    assert_eq!(outcome(&router, &again()).await, Some(Rule::TokenExp));
}

#[test]
fn the_second_time_is_counted_as_such_and_not_where_nothing_is_remembered() {
    for (tokens, seen) in [(100, 1), (0, 0)] {
        let (world, counts) = (World::new(), Counts::default());
        counts.during(async {
            let router = remembering(&world, tokens, 0);
            let token = Some(world.sent().token_text());
            for _ in 0..2 {
                let mut sent = world.sent();
                sent.token_text.clone_from(&token);
                assert_eq!(outcome(&router, &sent).await, None);
            }
        });
        assert_eq!(counts.of("helseid_api_admitted_total", &[("scheme", "DPoP"), ("seen", "true")]), seen);
        assert_eq!(
            counts.of("helseid_api_admitted_total", &[("scheme", "DPoP"), ("seen", "false")]),
            2 - seen
        );
    }
}

#[test]
fn tokens_that_come_once_push_no_other_out() {
    let (world, counts) = (World::new(), Counts::default());
    counts.during(async {
        let router = remembering(&world, 4, 0);
        let send = async |token: &str| {
            let mut sent = world.sent();
            sent.token_text = Some(token.to_owned());
            assert_eq!(outcome(&router, &sent).await, None);
        };
        let known: Vec<_> = (0..4).map(|_| world.sent().token_text()).collect();
        for token in &known {
            send(token).await;
        }
        for _ in 0..50 {
            send(&world.sent().token_text()).await;
        }
        for token in &known {
            send(token).await;
        }
    });
    assert_eq!(counts.of("helseid_api_admitted_total", &[("scheme", "DPoP"), ("seen", "true")]), 4);
}

#[tokio::test]
async fn what_is_refused_is_not_remembered() {
    let world = World::new();
    let router = remembering(&world, 100, 100);
    let stranger =
        TestIssuer::new(crate::world::ISSUER).client(crate::world::AUDIENCE).clock(world.clock.clone());
    let mut sent = stranger.request(&http::Method::GET, crate::world::URL);
    sent.token_text = Some(sent.token_text());
    for _ in 0..3 {
        assert_eq!(outcome(&router, &sent).await, Some(Rule::TokenSignature));
    }
    // A proof by a key that the token is not bound to does not make that key known.
    let mut stolen = stranger.request(&http::Method::GET, crate::world::URL);
    stolen.token_text = Some(world.sent().token_text());
    for _ in 0..3 {
        assert_eq!(outcome(&router, &stolen).await, Some(Rule::DpopJkt));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever one character of a known token or proof becomes, nobody comes in by it.
    #[test]
    fn one_other_character_and_it_is_not_the_same(place in 0_usize..10_000, to in "[A-Za-z0-9_.-]", in_token in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (world, to) = (World::new(), to.chars().next().unwrap());
        let router = remembering(&world, 100, 100);
        let known = world.sent();
        let headers = known.headers();
        runtime.block_on(async {
            let mut first = Request::get("/who").body(Body::empty()).unwrap();
            *first.headers_mut() = headers.clone();
            assert_eq!(rule(&ask(&router, first).await), None);
            let mut other = Request::get("/who").body(Body::empty()).unwrap();
            let (name, from) = if in_token { ("authorization", 5) } else { ("dpop", 0) };
            let mut text: Vec<char> = headers[name].to_str().unwrap().chars().collect();
            let place = from + place % (text.len() - from);
            text[place] = to;
            *other.headers_mut() = headers.clone();
            other.headers_mut().insert(name, text.into_iter().collect::<String>().parse().unwrap());
            assert!(rule(&ask(&router, other).await).is_some());
        });
    }
}

#[tokio::test]
async fn many_callers_more_than_are_remembered_all_pass() {
    let world = World::new();
    let router = remembering(&world, 8, 4);
    let clients: Vec<_> = (0..20)
        .map(|_| {
            world.issuer.client(crate::world::AUDIENCE).scope(crate::world::SCOPE).clock(world.clock.clone())
        })
        .collect();
    for _ in 0..5 {
        for client in &clients {
            let sent = client.request(&http::Method::GET, crate::world::URL);
            assert!(answer(&router, &sent).await.status().is_success());
        }
    }
}
