//! An authority that is away for twenty minutes, and a key that is replaced meanwhile. The clock is moved; nobody waits.

use std::time::Duration;

use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Clock as _;
use helseid_testkit::{Proxy, SCOPE, Weather, World, registration};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::world::{Answer, Folder, Running, open, run};

/// A sidecar whose authority is behind a proxy, and whose client's tokens live for so long.
async fn start(lifetime: u32) -> (Proxy, World, Running) {
    let proxy = Proxy::new().unwrap();
    let world = World::start_behind(&proxy).await.unwrap();
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut client = registration(&key).unwrap();
    client.token_lifetime_seconds = Some(lifetime);
    let id = world.authority.register(client).await.unwrap().client_id;
    let sidecar = run(&world, folder(&world, id.as_str(), &key), open()).await;
    (proxy, world, sidecar)
}

fn folder(world: &World, id: &str, key: &PrivateJwk) -> Folder {
    let (issuer, base) = (world.authority.issuer(), world.url().replace("/whoami", ""));
    let toml = format!(
        "issuer = \"{issuer}\"\nclient_id = \"{id}\"\nkey_file = \"key.json\"\n\
         [api.sample]\nurl = \"{base}\"\nscope = \"{SCOPE}\"\n"
    );
    Folder::with(&key.to_json(), &toml)
}

fn now(world: &World) -> i64 {
    world.clock().now().seconds()
}

impl Running {
    async fn called(&self) -> Answer {
        let host = self.address.unwrap();
        self.raw(&format!("GET /call/sample/whoami HTTP/1.1\r\nHost: {host}\r\nX-HelseID-Sidecar: 1\r\n\r\n"))
            .await
    }

    /// Asks for a token with these scopes.
    async fn asked(&self, target: &str) -> Answer {
        self.post("/api/v1/token", &json!({ "identity_provider": "helseid", "target": target })).await
    }

    /// The `Authorization` that calls have.
    async fn authorization(&self, world: &World) -> Value {
        let given = self
            .post("/api/v1/headers", &json!({ "api": "sample", "method": "GET", "url": world.url() }))
            .await;
        assert_eq!(given.status, 200, "{given:?}");
        given.body["headers"]["Authorization"].clone()
    }

    /// Calls until the token is another than `old`.
    async fn renewed(&self, world: &World, old: &Value) {
        let renewed = async {
            while self.authorization(world).await == *old {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), renewed).await.unwrap();
    }
}

#[tokio::test]
async fn with_tokens_of_an_hour_no_call_notices_an_authority_that_is_away_for_twenty_minutes() {
    let (proxy, world, sidecar) = start(3_600).await;
    assert_eq!(sidecar.called().await.status, 200);
    let first = sidecar.authorization(&world).await;
    // The last second before it is renewed at the latest: as little is left as ever is.
    world.clock().forward(Duration::from_secs(1_979));
    proxy.all(Weather::Dropped);
    for _ in 0..40 {
        world.clock().forward(Duration::from_secs(30));
        let answer = sidecar.called().await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(sidecar.authorization(&world).await, first);
    assert!(proxy.requests() > 0, "it was tried meanwhile");
    proxy.all(Weather::Fair);
    world.clock().forward(Duration::from_secs(5));
    sidecar.renewed(&world, &first).await;
}

#[tokio::test]
async fn with_tokens_of_ten_minutes_calls_pass_until_they_end_and_again_when_it_is_back() {
    let (proxy, world, sidecar) = start(600).await;
    assert_eq!(sidecar.called().await.status, 200);
    let begun = now(&world);
    proxy.all(Weather::Dropped);
    let mut passed = 0;
    let minutes = |from: u64, to| (from..to).map(|minute| minute * 60);
    for after in minutes(1, 10).chain([589, 590, 599]).chain(minutes(10, 21)) {
        world.clock().forward(Duration::from_secs(after - u64::try_from(now(&world) - begun).unwrap()));
        let asked = Instant::now();
        let answer = sidecar.called().await;
        match now(&world) - begun {
            ..590 => {
                passed += 1;
                assert_eq!(answer.status, 200, "{answer:?}");
            }
            _ => {
                assert_eq!((answer.status, answer.error()), (503, "server_error"), "{answer:?}");
                assert!(asked.elapsed() < Duration::from_secs(3), "at once, on a machine that has time");
            }
        }
    }
    assert_eq!(passed, 10);
    proxy.all(Weather::Fair);
    world.clock().forward(Duration::from_secs(5));
    let answer = sidecar.called().await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn nobody_waits_for_an_authority_that_says_nothing() {
    let (proxy, world, sidecar) = start(600).await;
    assert_eq!(sidecar.called().await.status, 200);
    proxy.all(Weather::Dropped);
    world.clock().forward(Duration::from_secs(595));
    for _ in 0..6 {
        assert_eq!(sidecar.called().await.status, 503);
    }
    proxy.all(Weather::SilentBefore);
    world.clock().forward(Duration::from_secs(5));
    // One of them probes the authority, and the others do not wait for it.
    let asked = Instant::now();
    let answers = futures_util::future::join_all((0..10).map(|_| sidecar.called())).await;
    assert!(answers.iter().all(|answer| answer.status == 503), "{answers:?}");
    assert!(proxy.fell_silent());
    assert!(
        asked.elapsed() < Duration::from_secs(3),
        "the authority has 5 s to answer: {:?}",
        asked.elapsed()
    );
}

#[tokio::test]
async fn an_authority_that_says_nothing_is_noticed_though_callers_hang_up() {
    let (proxy, world, sidecar) = start(600).await;
    proxy.all(Weather::SilentBefore);
    let host = sidecar.address.unwrap();
    let request = format!("GET /call/sample/whoami HTTP/1.1\r\nHost: {host}\r\nX-HelseID-Sidecar: 1\r\n\r\n");
    let mut caller = TcpStream::connect(host).await.unwrap();
    caller.write_all(request.as_bytes()).await.unwrap();
    while !proxy.fell_silent() {
        tokio::task::yield_now().await;
    }
    drop(caller);
    // What is tried again fails at once: the first of three attempts has 5 s.
    proxy.all(Weather::Dropped);
    let noticed = async {
        while sidecar.get("/ready").await.status == 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), noticed).await.unwrap();
    proxy.all(Weather::SilentBefore);
    let asked = Instant::now();
    assert_eq!(sidecar.called().await.status, 503);
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    drop(world);
}

#[tokio::test]
async fn what_is_not_sent_while_the_authority_is_away_spends_no_budget() {
    let (proxy, world, sidecar) = start(600).await;
    let asked = async |n: usize| sidecar.asked(&format!("{SCOPE} nhn:other/{n}")).await;
    proxy.all(Weather::Dropped);
    for n in 0..5 {
        assert_eq!(asked(n).await.status, 503);
    }
    for n in 0..100 {
        let answer = asked(n).await;
        assert_eq!(answer.status, 503);
        assert!(!answer.text("error_description").contains("budget"), "{answer:?}");
    }
    proxy.all(Weather::Fair);
    world.clock().forward(Duration::from_secs(5));
    let wish = json!({ "identity_provider": "helseid", "target": SCOPE });
    for _ in 0..50 {
        let mut new = wish.clone();
        new["skip_cache"] = true.into();
        let answer = sidecar.post("/api/v1/token", &new).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test]
async fn no_more_than_sixteen_wishes_wait_for_an_authority_that_says_nothing() {
    let (proxy, world, sidecar) = start(600).await;
    assert_eq!(sidecar.called().await.status, 200);
    proxy.all(Weather::Dropped);
    assert_eq!(sidecar.asked(SCOPE).await.status, 503);
    proxy.all(Weather::SilentBefore);
    let targets: Vec<_> = (0..20).map(|n| format!("{SCOPE} nhn:other/{n}")).collect();
    let refused = |answers: &[Answer]| {
        for answer in answers {
            assert_eq!((answer.status, answer.error()), (503, "server_error"), "{answer:?}");
            assert_eq!(answer.header("retry-after"), Some("5"), "{answer:?}");
        }
        answers.iter().filter(|answer| answer.text("error_description").contains("too many requests")).count()
    };
    // Callers who wish the same wait for one of them.
    let of_four = targets.iter().cycle().take(4).flat_map(|target| std::iter::repeat_n(target, 10));
    let four = futures_util::future::join_all(of_four.map(|target| sidecar.asked(target))).await;
    assert_eq!(refused(&four), 0);
    let twenty = futures_util::future::join_all(targets.iter().map(|target| sidecar.asked(target))).await;
    assert_eq!(refused(&twenty), 4, "of twenty, four find no room");
    assert!(proxy.fell_silent());
    // What is kept is given all the same, and what is wished of an API has room of its own.
    assert_eq!(sidecar.called().await.status, 200);
    drop(world);
}

#[tokio::test]
async fn a_key_file_that_is_swapped_under_load_costs_no_call() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let [old, new] = [(); 2].map(|()| PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None));
    let mut client = registration(&old).unwrap();
    client.keys.push(Value::Object(new.public().members().clone()));
    let id = world.authority.register(client).await.unwrap().client_id;
    let sidecar = run(&world, folder(&world, id.as_str(), &old), open()).await;
    let first = sidecar.authorization(&world).await;
    let load = async || {
        for _ in 0..20 {
            let answer = sidecar.called().await;
            assert_eq!(answer.status, 200, "{answer:?}");
            tokio::task::yield_now().await;
        }
    };
    let swap = async {
        assert_eq!(sidecar.called().await.status, 200);
        std::fs::write(sidecar.folder.path("key.new"), new.to_json().expose()).unwrap();
        std::fs::rename(sidecar.folder.path("key.new"), sidecar.folder.path("key.json")).unwrap();
        world.clock().forward(Duration::from_secs(1));
        sidecar.renewed(&world, &first).await;
    };
    tokio::join!(load(), load(), load(), load(), swap);
    load().await;
}
