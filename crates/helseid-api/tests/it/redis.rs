//! Used proofs in a real Redis: with two processes of an API, and with the server stopped and started under load.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use helseid_api::test_util::{TestClient, TestIssuer};
use helseid_api::{ApiProtection, Claim, ProofUse, RedisReplayGuard, Rejection, ReplayGuard, WhileAway};
use helseid_http::system_clock;
use helseid_protocol::dpop::ReplayId;
use helseid_protocol::forge::TestClock;
use helseid_protocol::jose::JwkSet;
use helseid_protocol::key_cache::IssuerKeys;
use helseid_protocol::time::{Clock as _, Timestamp};
use helseid_test_services::rounds;
use http::{HeaderMap, Method, Request};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::child::{Process, report, role};
use crate::replay::volley;
use crate::world::{AUDIENCE, ISSUER, URL, ask, in_time, routes};

const PROCESSES: &str = "redis::of_fifty_equal_proofs_over_two_processes_one_passes_in_each_round";

/// For so long a used proof is sent again: by less than Redis is told to remember it, 36 s at least.
const REMEMBERED: Duration = Duration::from_secs(25);

/// A server that has just started is not believed until every proof from before is too old; this is later, also where
/// connections failed on a busy machine.
const LATER: Duration = Duration::from_secs(600);

/// The longest that a proof is good for, in seconds.
const LONGEST: i64 = 41;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_equal_proofs_over_two_processes_one_passes_in_each_round() {
    if let Some(keys) = role() {
        return one_process(&keys).await;
    }
    let issuer = TestIssuer::new(ISSUER);
    let keys = issuer.key_set().to_json();
    let (mut one, mut other) = (Process::start(PROCESSES, &keys), Process::start(PROCESSES, &keys));
    assert_eq!((one.hear().await, other.hear().await), ("ready".to_owned(), "ready".to_owned()));
    let clock = TestClock::over(system_clock);
    clock.forward(LATER);
    let client = issuer.client(AUDIENCE).clock(clock);
    for round in 0..rounds(100) {
        let headers = client.request(&Method::GET, URL).headers();
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let line = format!("{}\t{}", text("authorization"), text("dpop"));
        one.tell(&line).await;
        other.tell(&line).await;
        let counts = |line: String| -> Vec<usize> { line.split(' ').map(|n| n.parse().unwrap()).collect() };
        let (one, other) = (counts(one.hear().await), counts(other.hear().await));
        assert_eq!((one[0] + other[0], one[1] + other[1]), (1, 49), "round {round}: {one:?} {other:?}");
    }
}

/// An API of its own: sends itself each request 25 times at once, and tells what became of them.
async fn one_process(keys: &str) {
    let url = std::env::var("HELSEID_TEST_REDIS")
        .expect("HELSEID_TEST_REDIS names a running Redis; cargo xtask test starts one, given redis-server");
    let (guard, clock) = (RedisReplayGuard::new(&url).unwrap(), TestClock::over(system_clock));
    let moved = first_sight(&guard, &clock).await;
    clock.forward(LATER - Duration::from_secs(moved));
    let keys = IssuerKeys::new(&JwkSet::read(keys.as_bytes()).unwrap());
    let builder = ApiProtection::builder(ISSUER, AUDIENCE).public_url("https://api.example");
    let protection = builder.keys(keys).clock(clock).replay_guard(guard).build().unwrap();
    let router = routes().layer(protection.layer());
    report("ready");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let (authorization, proof) = line.split_once('\t').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        headers.insert("dpop", proof.parse().unwrap());
        let (passed, used_before) = volley(&router, &headers, 25).await;
        report(format_args!("{passed} {used_before}"));
    }
}

/// The guard meets its server, and the clock is moved until it is believed: by how much.
async fn first_sight(guard: &RedisReplayGuard, clock: &TestClock) -> u64 {
    let longest = Duration::from_secs(LONGEST.unsigned_abs());
    for moved in 0..500 {
        let now = clock.now();
        let half = (u64::from(std::process::id()) << 32 | moved).to_be_bytes();
        let id = ReplayId::from_bytes([half, half].concat().try_into().unwrap());
        if guard.claim(ProofUse { id, until: now.plus(longest), now, longest }).await == Claim::First {
            return moved;
        }
        clock.forward(Duration::from_secs(1));
    }
    panic!("Redis is never believed");
}

/// A server of the test's own, on a socket in its folder.
struct Redis {
    folder: tempfile::TempDir,
    process: Option<Child>,
}

impl Redis {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Some(start(folder.path()).await);
        Self { folder, process }
    }

    fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("redis.sock").display())
    }

    async fn stop(&mut self) {
        self.process.take().unwrap().kill().await.unwrap();
    }

    /// It is there, and does not answer, or does again.
    async fn signal(&self, signal: &str) {
        let id = self.process.as_ref().and_then(Child::id).unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    async fn start(&mut self) {
        self.process = Some(start(self.folder.path()).await);
    }
}

async fn start(folder: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--unixsocket"]).arg(folder.join("redis.sock"));
    command.arg("--dir").arg(folder).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn().expect("redis-server starts: install the package redis-server");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    in_time(async { while !lines.next_line().await.unwrap().unwrap().contains("ready to accept") {} }).await;
    // Read on, so that the server never waits for its reader.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    process
}

/// Callers who keep coming with fresh proofs, and send again those that passed.
struct Load {
    router: Router,
    client: TestClient,
    clock: TestClock,
    /// With the time at which each was sent: Redis forgets by the real time, whatever the test's clock is moved by.
    passed: Mutex<Vec<(Instant, HeaderMap)>>,
    fresh: AtomicUsize,
    away: AtomicUsize,
    replays: AtomicUsize,
    /// Before this, in seconds, no proof that is sent from now on may pass.
    not_before: AtomicI64,
    over: AtomicBool,
}

impl Load {
    async fn send(&self, headers: &HeaderMap) -> Option<String> {
        let mut request = Request::get("/who").body(Body::empty()).unwrap();
        *request.headers_mut() = headers.clone();
        let answer = ask(&self.router, request).await;
        answer.extensions().get::<Rejection>().map(|rejection| rejection.reason().to_owned())
    }

    async fn keep_calling(self: Arc<Self>) {
        let mut round = 0_i64;
        while !self.over.load(Ordering::SeqCst) {
            // Also proofs by clocks that are ahead as far as they may be: they live longest.
            round += 1;
            let ahead = if round % 2 == 0 { 10 } else { 0 };
            let made = self.clock.now();
            let sent = self.client.request(&Method::GET, URL).proof(|proof| {
                let iat = proof.claim_of("iat").and_then(serde_json::Value::as_i64).unwrap();
                proof.claim("iat", iat + ahead)
            });
            let headers = sent.headers();
            let (began, not_before) = (Instant::now(), self.not_before.load(Ordering::SeqCst));
            match self.send(&headers).await.as_deref() {
                None => {
                    let now = self.clock.now().seconds();
                    assert!(now >= not_before, "{} s too early", not_before - now);
                    self.passed.lock().unwrap().push((began, headers));
                    self.fresh.fetch_add(1, Ordering::SeqCst);
                }
                Some("replay_away") => drop(self.away.fetch_add(1, Ordering::SeqCst)),
                // The test moved the clock meanwhile, and the proof is fresh no more.
                Some("dpop.iat") if self.clock.now() != made => {}
                Some(other) => panic!("a fresh proof: {other}"),
            }
            self.replay_one(round).await;
            tokio::task::yield_now().await;
        }
    }

    /// One that passed before, the older ones too.
    async fn replay_one(&self, round: i64) {
        let again = {
            let mut passed = self.passed.lock().unwrap();
            passed.retain(|(sent, _)| sent.elapsed() < REMEMBERED);
            let place = usize::try_from(round).unwrap().wrapping_mul(7919) % passed.len().max(1);
            passed.get(place).cloned()
        };
        if let Some((_, headers)) = again {
            let reason = self.send(&headers).await.expect("a used proof never passes");
            assert!(["dpop.jti_once", "dpop.iat", "replay_away"].contains(&reason.as_str()), "{reason}");
            self.replays.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Waits until `count` has grown by so many, or a caller has failed.
async fn grows(count: &AtomicUsize, callers: &[tokio::task::JoinHandle<()>]) {
    let enough = count.load(Ordering::SeqCst) + 100;
    in_time(async {
        while count.load(Ordering::SeqCst) < enough {
            assert!(callers.iter().all(|caller| !caller.is_finished()), "a caller met what it must not");
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Waits until proofs pass again. The clock goes on meanwhile: on a busy machine a connection may fail, and the next is
/// tried, and the server believed, as much later.
async fn comes_back(load: &Load, clock: &TestClock, callers: &[tokio::task::JoinHandle<()>]) {
    let passed = load.fresh.load(Ordering::SeqCst);
    for _ in 0..600 {
        clock.forward(Duration::from_secs(1));
        let answered = || load.fresh.load(Ordering::SeqCst) + load.away.load(Ordering::SeqCst);
        let enough = answered() + 20;
        in_time(async {
            while answered() < enough {
                assert!(callers.iter().all(|caller| !caller.is_finished()), "a caller met what it must not");
                tokio::task::yield_now().await;
            }
        })
        .await;
        if load.fresh.load(Ordering::SeqCst) > passed {
            return grows(&load.fresh, callers).await;
        }
    }
    panic!("no proof passes again");
}

fn load(
    guard: RedisReplayGuard,
    clock: &TestClock,
    not_before: i64,
) -> (Arc<Load>, Vec<tokio::task::JoinHandle<()>>) {
    let issuer = TestIssuer::new(ISSUER);
    let builder = ApiProtection::builder(ISSUER, AUDIENCE).public_url("https://api.example");
    let protection = builder.keys(issuer.keys()).clock(clock.clone()).replay_guard(guard).build().unwrap();
    let load = Arc::new(Load {
        router: routes().layer(protection.layer()),
        client: issuer.client(AUDIENCE).clock(clock.clone()),
        clock: clock.clone(),
        passed: Mutex::default(),
        fresh: AtomicUsize::new(0),
        away: AtomicUsize::new(0),
        replays: AtomicUsize::new(0),
        not_before: AtomicI64::new(not_before),
        over: AtomicBool::new(false),
    });
    let callers = (0..4).map(|_| tokio::spawn(load.clone().keep_calling())).collect();
    (load, callers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stops_and_starts_lets_nothing_pass_twice_and_service_comes_back_by_itself() {
    let clock = TestClock::over(system_clock);
    let not_before = clock.now().seconds() + LONGEST;
    let mut redis = Redis::new().await;
    let (load, callers) = load(RedisReplayGuard::new(&redis.url()).unwrap(), &clock, not_before);
    // A new server may have forgotten what came before it.
    comes_back(&load, &clock, &callers).await;
    for _ in 0..3 {
        grows(&load.replays, &callers).await;
        redis.stop().await;
        grows(&load.away, &callers).await;
        // It has forgotten everything: nothing passes while a used proof may still be good.
        load.not_before.store(clock.now().seconds() + LONGEST, Ordering::SeqCst);
        redis.start().await;
        comes_back(&load, &clock, &callers).await;
        grows(&load.replays, &callers).await;
    }
    load.over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("no used proof passed");
    }
}

#[tokio::test]
async fn a_request_that_was_under_way_while_redis_came_back_does_not_open_it_earlier() {
    let (mut redis, clock) = (Redis::new().await, TestClock::default());
    let guard = RedisReplayGuard::new(&redis.url()).unwrap();
    first_sight(&guard, &clock).await;
    let longest = Duration::from_secs(41);
    let ids = AtomicUsize::new(0);
    let claim = async |now: Timestamp| {
        let number = ids.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let id = ReplayId::from_bytes([number, number].concat().try_into().unwrap());
        guard.claim(ProofUse { id, until: now.plus(longest), now, longest }).await
    };
    redis.stop().await;
    assert_eq!(claim(clock.now()).await, Claim::Away);
    redis.start().await;
    let earlier = clock.now().plus(Duration::from_secs(1));
    let connected = earlier.plus(Duration::from_secs(1));
    assert_eq!(claim(connected).await, Claim::Away);
    assert_eq!(claim(earlier).await, Claim::Away);
    assert_eq!(claim(earlier.plus(longest)).await, Claim::Away);
    // Later where connections failed on a busy machine.
    for seconds in 0..500 {
        if claim(connected.plus(longest + Duration::from_secs(seconds))).await == Claim::First {
            return;
        }
    }
    panic!("Redis is never believed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_choice_a_process_remembers_for_itself_while_redis_is_away() {
    let (mut redis, clock) = (Redis::new().await, TestClock::over(system_clock));
    let guard = RedisReplayGuard::new(&redis.url()).unwrap().while_away(WhileAway::LocalOnly);
    let (load, callers) = load(guard, &clock, 0);
    for _ in 0..3 {
        grows(&load.fresh, &callers).await;
        redis.stop().await;
        grows(&load.fresh, &callers).await;
        redis.start().await;
        grows(&load.fresh, &callers).await;
        grows(&load.replays, &callers).await;
        clock.forward(Duration::from_secs(1));
    }
    assert_eq!(load.away.load(Ordering::SeqCst), 0);
    load.over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("no used proof passed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_does_not_answer_is_away_until_it_does() {
    let (redis, clock) = (Redis::new().await, TestClock::over(system_clock));
    let (load, callers) = load(RedisReplayGuard::new(&redis.url()).unwrap(), &clock, 0);
    comes_back(&load, &clock, &callers).await;
    redis.signal("-STOP").await;
    grows(&load.away, &callers).await;
    redis.signal("-CONT").await;
    // The same server, which has forgotten nothing: believed at once.
    comes_back(&load, &clock, &callers).await;
    grows(&load.replays, &callers).await;
    load.over.store(true, Ordering::SeqCst);
    for caller in callers {
        caller.await.expect("no used proof passed");
    }
}

#[tokio::test]
async fn a_server_that_takes_no_more_is_not_asked_to_forget() {
    let (redis, clock) = (Redis::new().await, TestClock::over(system_clock));
    let guard = RedisReplayGuard::new(&redis.url()).unwrap();
    first_sight(&guard, &clock).await;
    let client = ::redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let config = |name: &str, value: &str| {
        let mut command = ::redis::cmd("CONFIG");
        command.arg("SET").arg(name).arg(value);
        command
    };
    let issuer = TestIssuer::new(ISSUER);
    let builder = ApiProtection::builder(ISSUER, AUDIENCE).public_url("https://api.example");
    let protection = builder.keys(issuer.keys()).clock(clock.clone()).replay_guard(guard).build().unwrap();
    let router = routes().layer(protection.layer());
    let client = issuer.client(AUDIENCE).clock(clock);
    let outcome = async || {
        let answer = crate::world::answer(&router, &client.request(&Method::GET, URL)).await;
        answer.extensions().get::<Rejection>().map(Rejection::reason)
    };
    assert_eq!(outcome().await, None);
    let _: String = config("maxmemory", "1").query_async(&mut connection).await.unwrap();
    assert_eq!(outcome().await, Some("replay_away"));
    let _: String = config("maxmemory", "0").query_async(&mut connection).await.unwrap();
    assert_eq!(outcome().await, None);
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_is_put_right_lets_no_used_proof_pass_twice() {
    let (redis, clock) = (Redis::new().await, TestClock::over(system_clock));
    let guard = RedisReplayGuard::new(&redis.url()).unwrap();
    first_sight(&guard, &clock).await;
    let issuer = TestIssuer::new(ISSUER);
    let builder = ApiProtection::builder(ISSUER, AUDIENCE).public_url("https://api.example");
    let protection = builder.keys(issuer.keys()).clock(clock.clone()).replay_guard(guard).build().unwrap();
    let router = routes().layer(protection.layer());
    let client = issuer.client(AUDIENCE).clock(clock.clone());
    let outcome = async |headers: &HeaderMap| {
        let mut request = Request::get("/who").body(Body::empty()).unwrap();
        *request.headers_mut() = headers.clone();
        let answer = ask(&router, request).await;
        answer.extensions().get::<Rejection>().map(Rejection::reason)
    };
    // The proof comes with its clock an hour ahead, and late, so that little of its life is left.
    clock.forward(Duration::from_secs(3600));
    let used = client.request(&Method::GET, URL).headers();
    clock.forward(Duration::from_secs(15));
    assert_eq!(outcome(&used).await, None);
    let connection = ::redis::Client::open(redis.url()).unwrap();
    let mut connection = connection.get_multiplexed_async_connection().await.unwrap();
    let names: Vec<String> = ::redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    let mut left = Vec::new();
    for name in &names {
        left.push(::redis::cmd("PTTL").arg(name).query_async::<i64>(&mut connection).await.unwrap());
    }
    assert!(left.iter().any(|left| *left < 22_000), "Redis forgets it soon: {left:?}");
    ::redis::cmd("DEL").arg(&names).exec_async(&mut connection).await.unwrap();
    // The clock is put right, and comes there again.
    clock.back(Duration::from_secs(3600));
    assert_eq!(outcome(&client.request(&Method::GET, URL).headers()).await, None);
    clock.forward(Duration::from_secs(3590));
    assert_eq!(outcome(&used).await, Some("replay_forgotten"));
    clock.forward(Duration::from_secs(20));
    assert_eq!(outcome(&client.request(&Method::GET, URL).headers()).await, None);
}

#[test]
fn an_address_that_is_none_is_refused_and_not_repeated() {
    let refusal =
        RedisReplayGuard::new("http://user:secret@host").map(drop).expect_err("no Redis").to_string();
    assert!(refusal.contains("redis://") && !refusal.contains("secret"), "{refusal}");
}
