//! Two sidecars of one gate, which remember used proofs in one Redis.

use std::time::Duration;

use helseid_protocol::rule::Profile;
use helseid_test_services::{Redis, Stop};
use helseid_testkit::{AUDIENCE, World};
use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::exchange::{Chain, PATH, asked, chain, claims};
use crate::gate::{NGINX, lines, proof, section};
use crate::world::{Answer, Running, open, sidecar};

const URL: &str = "https://api.example/v1/patients";

async fn pair(world: &World, redis: &Redis) -> [Running; 2] {
    let sections = section("patients", &in_redis(redis));
    let pair = [sidecar(world, &sections).await, sidecar(world, &sections).await];
    for sidecar in &pair {
        trusted(world, sidecar).await;
    }
    pair
}

fn in_redis(redis: &Redis) -> String {
    format!("{NGINX}\nredis = \"{}\"", redis.url())
}

/// A Redis that may have begun a moment ago is believed once a proof from before has expired: the clock is moved until then.
async fn trusted(world: &World, sidecar: &Running) {
    let client = world.client().unwrap();
    for _ in 0..500 {
        match ask(sidecar, &lines(&proof(&client, Method::GET, URL).await)).await.status {
            200 => return,
            status => assert_eq!(status, 503),
        }
        world.clock().forward(Duration::from_secs(1));
    }
    panic!("Redis is never believed");
}

async fn ask(sidecar: &Running, lines: &str) -> Answer {
    let host = sidecar.address.unwrap();
    let original = "X-Original-Method: GET\r\nX-Original-URI: /v1/patients\r\n";
    sidecar
        .raw(&format!("GET /forward-auth/patients HTTP/1.1\r\nHost: {host}\r\n{original}{lines}\r\n"))
        .await
}

#[tokio::test]
async fn a_proof_that_one_sidecar_took_is_used_at_the_other() {
    let (world, redis) = (World::start(Profile::Helseid).await.unwrap(), Redis::start().unwrap());
    let [first, second] = pair(&world, &redis).await;
    let client = world.client().unwrap();
    for (one, other) in [(&first, &second), (&second, &first)] {
        let lines = lines(&proof(&client, Method::GET, URL).await);
        assert_eq!(ask(one, &lines).await.status, 200);
        let again = ask(other, &lines).await;
        assert_eq!((again.status, again.header("x-helseid-rule")), (401, Some("dpop.jti_once")), "{again:?}");
    }
}

#[tokio::test]
async fn of_fifty_copies_at_once_at_two_sidecars_one_passes() {
    let (world, redis) = (World::start(Profile::Helseid).await.unwrap(), Redis::start().unwrap());
    let pair = pair(&world, &redis).await;
    let client = world.client().unwrap();
    for _ in 0..helseid_test_services::rounds(3) {
        let lines = lines(&proof(&client, Method::GET, URL).await);
        let asked = (0..50).map(|at| ask(&pair[at % 2], &lines));
        let answers = futures_util::future::join_all(asked).await;
        let with = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((with(200), with(401)), (1, 49), "{answers:?}");
    }
}

#[tokio::test]
async fn while_redis_is_away_nobody_passes_and_afterwards_they_do() {
    let (world, mut redis) = (World::start(Profile::Helseid).await.unwrap(), Redis::start().unwrap());
    let [first, second] = pair(&world, &redis).await;
    let client = world.client().unwrap();
    redis.stop(Stop::Orderly);
    let during = lines(&proof(&client, Method::GET, URL).await);
    for sidecar in [&first, &second] {
        assert_eq!(ask(sidecar, &during).await.status, 503);
    }
    redis.start_again().unwrap();
    trusted(&world, &second).await;
    let lines = lines(&proof(&client, Method::GET, URL).await);
    assert_eq!(ask(&second, &lines).await.status, 200);
    trusted(&world, &first).await;
    assert_eq!(ask(&first, &lines).await.status, 401, "what was used at the other is used");
}

#[tokio::test]
async fn what_one_sidecar_admitted_is_exchanged_at_another_one_on_its_redis() {
    let (chain, mut redis) = (chain().await, Redis::start().unwrap());
    let other_audience = section("patients", &in_redis(&redis)).replace(AUDIENCE, "nhn:other");
    let elsewhere = section("lab", &in_redis(&redis));
    let own = section("patients", &in_redis(&redis));
    let [first, second] = [chain.sidecar(&own, open()).await, chain.sidecar(&own, open()).await];
    let others = [
        chain.sidecar(&other_audience, open()).await,
        chain.sidecar(&elsewhere, open()).await,
        chain.sidecar(&section("patients", ""), open()).await,
    ];
    trusted(&chain.world, &first).await;
    let (facts, token) = chain.request().await;
    assert_eq!(second.post(PATH, &asked(&token)).await.status, 400, "nobody has admitted it");
    let said = first.post("/api/v1/validate/patients", &facts).await;
    assert_eq!(said.status, 200, "{said:?}");
    for other in &others {
        let refused = other.post(PATH, &asked(&token)).await;
        assert_eq!((refused.status, refused.error()), (400, "invalid_request"), "another API's: {refused:?}");
    }
    assert_eq!(claims(&second.post(PATH, &asked(&token)).await)["act"]["client_id"], "api");
    redis.stop(Stop::Orderly);
    assert_eq!(second.post(PATH, &asked(&token)).await.status, 200, "it knows now");
    let third = chain.sidecar(&own, open()).await;
    let unknown = third.post(PATH, &asked(&token)).await;
    assert_eq!((unknown.status, unknown.header("retry-after")), (503, Some("5")), "{unknown:?}");
}

/// As a Redis that takes over from another before it has all of its writes.
async fn forget_admitted(redis: &Redis) {
    let url = redis.url();
    let mut stream = TcpStream::connect(url.trim_start_matches("redis://")).await.unwrap();
    let script = "for _, key in ipairs(redis.call('KEYS', 'helseid:admitted:*')) do redis.call('DEL', key) end return 'done'";
    stream.write_all(format!("EVAL \"{script}\" 0\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 10];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"$4\r\ndone\r\n");
}

#[tokio::test]
async fn what_redis_forgot_it_is_told_again() {
    let (chain, redis) = (chain().await, Redis::start().unwrap());
    let own = section("patients", &in_redis(&redis));
    let [first, second] = [chain.sidecar(&own, open()).await, chain.sidecar(&own, open()).await];
    trusted(&chain.world, &first).await;
    let shown = async || {
        let (facts, token) = chain.request().await;
        assert_eq!(first.post("/api/v1/validate/patients", &facts).await.status, 200);
        token
    };
    let token = shown().await;
    forget_admitted(&redis).await;
    assert_eq!(second.post(PATH, &asked(&token)).await.status, 400);
    chain.world.clock().forward(Duration::from_secs(60));
    assert_eq!(shown().await, token, "the same token with another proof");
    claims(&second.post(PATH, &asked(&token)).await);
}

#[tokio::test]
async fn a_redis_that_is_away_does_not_hide_what_another_knows() {
    let chain = chain().await;
    let (mut away, redis) = (Redis::start().unwrap(), Redis::start().unwrap());
    let patients = section("patients", &in_redis(&redis));
    let both = section("lab", &in_redis(&away)) + &patients;
    let [first, second] = [chain.sidecar(&patients, open()).await, chain.sidecar(&both, open()).await];
    trusted(&chain.world, &first).await;
    let (facts, token) = chain.request().await;
    assert_eq!(first.post("/api/v1/validate/patients", &facts).await.status, 200);
    away.stop(Stop::Orderly);
    claims(&second.post(PATH, &asked(&token)).await);
    let (_, unknown) = Chain::request_of(&chain.other).await;
    let refused = second.post(PATH, &asked(&unknown)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")), "{refused:?}");
}

/// The gate claims a proof under its name, and the API behind it claims it for itself (threat B9).
#[tokio::test]
async fn of_fifty_copies_at_two_gates_one_passes_and_its_api_takes_the_proof_once() {
    let (world, redis) = (World::start(Profile::Helseid).await.unwrap(), Redis::start().unwrap());
    let url = world.url();
    let base = url.trim_end_matches("/whoami");
    let passing = section("patients", &format!("{}\npass_proof = true", in_redis(&redis)));
    let passing = passing.replace("https://api.example/v1", base);
    let pair = [sidecar(&world, &passing).await, sidecar(&world, &passing).await];
    let client = world.client().unwrap();
    let ask = async |sidecar: &Running, lines: &str| {
        let host = sidecar.address.unwrap();
        let original = "X-Original-Method: GET\r\nX-Original-URI: /whoami\r\n";
        let request = format!("GET /forward-auth/patients HTTP/1.1\r\nHost: {host}\r\n{original}{lines}\r\n");
        sidecar.raw(&request).await
    };
    for sidecar in &pair {
        while ask(sidecar, &lines(&proof(&client, Method::GET, &url).await)).await.status != 200 {
            world.clock().forward(Duration::from_secs(1));
        }
    }
    let (copies, answers) = loop {
        let copies = lines(&proof(&client, Method::GET, &url).await);
        let answers = futures_util::future::join_all((0..50).map(|at| ask(&pair[at % 2], &copies))).await;
        let with = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert!(with(200) <= 1 && with(200) + with(401) + with(503) == 50, "{answers:?}");
        // Of a claim that Redis answered late, nobody knows whether it was the first: then none passes.
        if with(503) == 0 {
            break (copies, answers);
        }
    };
    let passed: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(passed.len(), 1, "{answers:?}");
    let told = |name: &str| passed[0].header(name).unwrap_or_else(|| panic!("no {name}: {passed:?}"));
    let (token, dpop) = (told("authorization"), told("dpop"));
    assert!(copies.contains(token) && copies.contains(dpop));
    let host = base.trim_start_matches("http://");
    let to_api =
        format!("GET /whoami HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nDPoP: {dpop}\r\n\r\n");
    for status in [200, 401] {
        let stream = tokio::net::TcpStream::connect(host).await.unwrap();
        assert_eq!(crate::world::exchange(stream, &to_api).await.status, status);
    }
}
