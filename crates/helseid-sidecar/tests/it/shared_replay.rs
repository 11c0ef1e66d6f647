//! Two sidecars of one gate, which remember used proofs in one Redis.

use std::time::Duration;

use helseid_protocol::rule::Profile;
use helseid_test_services::{Redis, Stop};
use helseid_testkit::World;
use http::Method;

use crate::gate::{NGINX, lines, proof, section};
use crate::world::{Answer, Running, sidecar};

const URL: &str = "https://api.example/v1/patients";

async fn pair(world: &World, redis: &Redis) -> [Running; 2] {
    let sections = section("patients", &format!("{NGINX}\nredis = \"{}\"", redis.url()));
    let pair = [sidecar(world, &sections).await, sidecar(world, &sections).await];
    for sidecar in &pair {
        trusted(world, sidecar).await;
    }
    pair
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
