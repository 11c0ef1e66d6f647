//! A hundred thousand tokens whose `kid`s a stranger made up: few fetches, and no memory. With `HELSEID_TEST_ROUNDS=1000` they are
//! a million, which take a minute or two of a core without optimisation.

use std::ops::Range;

use axum::Router;
use axum::body::Body;
use helseid_api::ApiProtection;
use helseid_api::test_util::TestClient;
use helseid_protocol::forge::TestClock;
use helseid_protocol::jose::base64url;
use helseid_protocol::rule::Rule;
use helseid_test_services::rounds;
use http::{HeaderValue, Method, Request, StatusCode};

use crate::child::{Process, report, role};
use crate::published::published;
use crate::world::{AUDIENCE, URL, answer, ask, routes, rule};

const TEST: &str = "unknown_kids::any_number_of_unknown_kids_costs_three_fetches_and_no_memory";
const BEFORE: u32 = 50_000;
const ALL_BY_ROUND: u32 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_number_of_unknown_kids_costs_three_fetches_and_no_memory() {
    if role().is_some() {
        return attacked().await;
    }
    let mut api = Process::start(TEST, "attacked");
    let told = |line: String| line.split(' ').map(|n| n.parse::<u64>().unwrap()).collect::<Vec<_>>();
    let [before, after, fetches] = told(api.hear().await)[..] else { panic!("three numbers") };
    // The first fetch, and a burst of two; the clock stands still.
    assert_eq!(fetches, 3);
    assert!(after <= before + 2048, "{before} KiB after {BEFORE} requests, {after} KiB after all");
}

async fn attacked() {
    let clock = TestClock::default();
    let (keys, issuer) = published().await;
    keys.publish(&[&issuer]).await;
    let client = issuer.client(AUDIENCE).clock(clock.clone());
    let builder = ApiProtection::builder(issuer.name(), AUDIENCE).public_url("https://api.example");
    let router = routes().layer(builder.clock(clock).build().unwrap().layer());
    flood(&router, &client, 0..BEFORE).await;
    let before = resident();
    let all = BEFORE.max(ALL_BY_ROUND * u32::try_from(rounds(100)).unwrap());
    let half = BEFORE + (all - BEFORE) / 2;
    let spawned = [BEFORE..half, half..all].map(|kids| {
        let (router, client) = (router.clone(), client.clone());
        tokio::spawn(async move { flood(&router, &client, kids).await })
    });
    for flood in spawned {
        flood.await.unwrap();
    }
    report(format_args!("{before} {} {}", resident(), keys.fetches()));
}

/// A token for each `kid`; and now and then one who belongs there, who is let in.
async fn flood(router: &Router, client: &TestClient, kids: Range<u32>) {
    let text = client.request(&Method::GET, URL).token_text();
    let (_, rest) = text.split_once('.').unwrap();
    for n in kids {
        let kid = format!("{n:x}-{:x}", n.wrapping_mul(2_654_435_761));
        let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}"}}"#);
        let token = format!("DPoP {}.{rest}", base64url::encode(header.as_bytes()));
        let mut request = Request::get("/who").body(Body::empty()).unwrap();
        request.headers_mut().insert("authorization", HeaderValue::from_str(&token).unwrap());
        assert_eq!(rule(&ask(router, request).await), Some(Rule::TokenKid));
        if n % 10_000 == 0 {
            assert_eq!(answer(router, &client.request(&Method::GET, URL)).await.status(), StatusCode::OK);
        }
    }
}

/// What this process holds in memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
