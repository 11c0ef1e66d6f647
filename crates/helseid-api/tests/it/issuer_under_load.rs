//! The issuer changes its keys, and goes away, while callers keep coming: none who belongs there is refused.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use helseid_api::test_util::{Broken, TestClient, TestIssuer};
use helseid_api::{ApiProtection, Rejection};
use helseid_protocol::forge::TestClock;
use helseid_protocol::rule::Rule;
use http::{Method, StatusCode};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use crate::published::{Mood, PublishedKeys, published};
use crate::world::{AUDIENCE, URL, answer, in_time, outcome, routes};

/// Callers who keep coming, each with the token of the day and a fresh proof.
struct Load {
    router: Router,
    today: RwLock<TestClient>,
    let_in: AtomicUsize,
    refused: Mutex<Vec<String>>,
    over: AtomicBool,
}

impl Load {
    async fn call(&self) {
        // Held while the request is on its way, so that nobody takes its key away meanwhile.
        let today = self.today.read().await;
        let reply = answer(&self.router, &today.request(&Method::GET, URL)).await;
        if reply.status() != StatusCode::OK {
            let why = reply.extensions().get::<Rejection>().map(ToString::to_string);
            self.refused.lock().unwrap().push(format!("{} {why:?}", reply.status()));
        }
        self.let_in.fetch_add(1, Ordering::SeqCst);
    }

    async fn keep_calling(self: Arc<Self>) {
        while !self.over.load(Ordering::SeqCst) {
            self.call().await;
            tokio::task::yield_now().await;
        }
    }

    async fn keep_intruding(self: Arc<Self>) {
        while !self.over.load(Ordering::SeqCst) {
            let stranger = self.today.read().await.request(&Method::GET, URL).broken(Broken::TokenKid);
            assert_eq!(outcome(&self.router, &stranger).await, Some(Rule::TokenKid));
            tokio::task::yield_now().await;
        }
    }

    /// Lets time pass while no request is on its way: its proof would grow old.
    async fn later(&self, clock: &TestClock, seconds: u64) {
        let _pause = self.today.write().await;
        clock.forward(Duration::from_secs(seconds));
    }

    /// Comes back when fifty more have come, and none was refused.
    async fn some_more(&self) {
        let enough = self.let_in.load(Ordering::SeqCst) + 50;
        in_time(async {
            while self.let_in.load(Ordering::SeqCst) < enough {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(*self.refused.lock().unwrap(), Vec::<String>::new());
    }
}

/// An issuer with a first key, an API, and four callers.
async fn world(clock: &TestClock) -> (Arc<PublishedKeys>, TestIssuer, Arc<Load>, Vec<JoinHandle<()>>) {
    let (issuer, key) = published().await;
    issuer.publish(&[&key]).await;
    let builder =
        ApiProtection::builder(key.name(), AUDIENCE).public_url("https://api.example").clock(clock.clone());
    let load = Arc::new(Load {
        router: routes().layer(builder.build().unwrap().layer()),
        today: RwLock::new(key.client(AUDIENCE).clock(clock.clone())),
        let_in: AtomicUsize::new(0),
        refused: Mutex::default(),
        over: AtomicBool::new(false),
    });
    let callers = (0..4).map(|_| tokio::spawn(load.clone().keep_calling())).collect();
    (issuer, key, load, callers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotations_and_outages_refuse_nobody_who_belongs_there() {
    let clock = TestClock::default();
    let (issuer, mut key, load, callers) = world(&clock).await;
    let client = |issuer: &TestIssuer| issuer.client(AUDIENCE).clock(clock.clone());

    for round in 0..10 {
        load.some_more().await;
        // With an overlap: the new key is published, serves, and the old one goes.
        let next = key.rotated(&format!("overlapping-{round}"));
        issuer.publish(&[&key, &next]).await;
        *load.today.write().await = client(&next);
        load.some_more().await;
        issuer.publish(&[&next]).await;
        load.later(&clock, 600).await;
        load.some_more().await;
        key = next;

        // At once: the first token of the new key asks for it.
        let next = key.rotated(&format!("sudden-{round}"));
        let mut today = load.today.write().await;
        issuer.publish(&[&next]).await;
        *today = client(&next);
        drop(today);
        load.some_more().await;
        key = next;

        // Away, for hours: refreshed in vain, and the kept keys serve on.
        issuer.becomes(if round % 2 == 0 { Mood::Failing } else { Mood::Silent }).await;
        for _ in 0..6 {
            load.later(&clock, 700).await;
            load.some_more().await;
        }
        issuer.becomes(Mood::Well).await;
        load.later(&clock, 700).await;
        load.some_more().await;
    }
    load.over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("nobody was refused");
    }
    assert!(issuer.fetches() < 200, "the issuer is asked by the clock, not by the caller");
}

/// Strangers with `kid`s that nobody has keep no fetch from coming: new keys are known, and old ones gone, in ten minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_keep_no_key_alive_and_none_away() {
    let clock = TestClock::default();
    let (issuer, mut key, load, mut tasks) = world(&clock).await;
    tasks.extend((0..4).map(|_| tokio::spawn(load.clone().keep_intruding())));
    let client = |issuer: &TestIssuer| issuer.client(AUDIENCE).clock(clock.clone());
    for round in 0..10 {
        let next = key.rotated(&format!("key-{round}"));
        issuer.publish(&[&key, &next]).await;
        load.later(&clock, 600).await;
        becomes(&load, &client(&next), None).await;
        *load.today.write().await = client(&next);
        load.some_more().await;
        issuer.publish(&[&next]).await;
        load.later(&clock, 600).await;
        becomes(&load, &client(&key), Some(Rule::TokenKid)).await;
        load.some_more().await;
        key = next;
    }
    load.over.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.expect("all went as it should");
    }
}

/// Comes back when this is what becomes of the client's requests.
async fn becomes(load: &Load, client: &TestClient, expected: Option<Rule>) {
    for _ in 0..10_000 {
        if outcome(&load.router, &client.request(&Method::GET, URL)).await == expected {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("expected {expected:?}");
}
