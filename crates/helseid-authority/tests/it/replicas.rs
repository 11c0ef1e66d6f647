//! Two replicas over a real PostgreSQL and a real Redis, which behave as one.

mod broken;
mod frozen;
mod logins;
mod under_load;

use std::time::Duration;

use helseid_admin_api::ClientRegistration;
use helseid_authority::{Authority, Config, Running, Shared, SharedSecret};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::random::SystemRandom;
use helseid_protocol::scope::ScopeSet;
use helseid_test_services::{Postgres, Redis, Stop, rounds};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::desk::{Desk, READ, SELF_SERVICE, Sent, new_key};
use crate::{in_time, url};

/// Two replicas, the first at a desk with a client; and what they share.
struct Pair {
    one: Desk,
    two: Running,
    http: reqwest::Client,
    postgres: Postgres,
    redis: Redis,
    secret: String,
}

impl Pair {
    async fn start() -> Self {
        let (postgres, redis) = (Postgres::start().unwrap(), Redis::start().unwrap());
        let secret = SharedSecret::generate(&SystemRandom);
        let one = Desk::with(config(&postgres, &redis, &secret), |_| ()).await;
        // With that of Redis.
        one.clock.go();
        let two = replica(config(&postgres, &redis, &secret), &one).await;
        let http = crate::http();
        Self { one, two, http, postgres, redis, secret }
    }

    /// A replica that starts now.
    async fn third(&self) -> Running {
        replica(config(&self.postgres, &self.redis, &self.secret), &self.one).await
    }

    async fn at_one(&self, sent: &Sent) -> (StatusCode, String) {
        self.at(&self.one.running, sent).await
    }

    async fn at_two(&self, sent: &Sent) -> (StatusCode, String) {
        self.at(&self.two, sent).await
    }

    async fn at(&self, replica: &Running, sent: &Sent) -> (StatusCode, String) {
        let mut request = self.one.post(sent).build().unwrap();
        *request.url_mut() = url(replica, "/connect/token").parse().unwrap();
        let answer = self.http.execute(request).await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Asks a replica's admin API for a client.
    fn get_client(&self, replica: &Running, id: &str) -> reqwest::RequestBuilder {
        let get = self.http.get(url(replica, &format!("/admin/api/clients/{id}")));
        get.bearer_auth(replica.admin_token()).header("host", "localhost:8480")
    }

    /// Returns once both answer a good request like this.
    async fn both_answer(&self, expected: StatusCode) {
        self.both(|(status, _)| *status == expected).await;
    }

    async fn both(&self, expected: impl Fn(&(StatusCode, String)) -> bool) {
        in_time(async {
            loop {
                let nonce = self.one.nonce().await;
                let (one, two) = (self.one.sent_with(READ, &nonce), self.one.sent_with(READ, &nonce));
                if expected(&self.at_one(&one).await) && expected(&self.at_two(&two).await) {
                    return;
                }
            }
        })
        .await;
    }
}

fn config(postgres: &Postgres, redis: &Redis, secret: &str) -> Config {
    let shared = Shared::new(&postgres.url(), &redis.url(), SharedSecret::parse(secret).unwrap()).unwrap();
    Config::in_memory().issuer(Issuer::parse("http://localhost:8480").unwrap()).replica(shared)
}

/// Another replica, by the clock of the first.
async fn replica(config: Config, first: &Desk) -> Running {
    let config = config.clock(first.clock.clone()).algorithm(Algorithm::ES256);
    let running = Authority::start(config.listen(["127.0.0.1:0".parse().unwrap()])).await.unwrap();
    running.ready().await;
    running
}

fn registration(id: &str) -> ClientRegistration {
    let jwk = Value::Object(new_key().public().members().clone());
    let mut registration = ClientRegistration::new(id.to_owned(), ScopeSet::parse(READ).unwrap(), vec![jwk]);
    registration.client_id = Some(id.parse().unwrap());
    registration
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_copies_at_two_replicas_one_is_taken() {
    let pair = Pair::start().await;
    let mut nonce = pair.one.nonce().await;
    for round in 0..rounds(20) {
        if round % 20 == 0 {
            // So many requests in one second would be too many of one client.
            pair.one.forward(1);
            nonce = pair.one.nonce().await;
        }
        let sent = pair.one.sent_with(READ, &nonce);
        let mut copies = JoinSet::new();
        for copy in 0..100 {
            let mut request = pair.one.post(&sent).build().unwrap();
            if copy % 2 == 0 {
                *request.url_mut() = url(&pair.two, "/connect/token").parse().unwrap();
            }
            let http = pair.http.clone();
            copies.spawn(async move { http.execute(request).await.unwrap().status() });
        }
        let statuses = copies.join_all().await;
        let counted = |status| statuses.iter().filter(|own| **own == status).count();
        let (taken, refused) = (counted(StatusCode::OK), counted(StatusCode::BAD_REQUEST));
        assert_eq!((taken, refused), (1, 99), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_replica_has_answered_the_other_goes_by_at_the_next_request() {
    let pair = Pair::start().await;
    for n in 0..20 {
        let nonce = pair.one.nonce().await;
        let id: ClientId = format!("client-{n}").parse().unwrap();
        let mut client = registration(id.as_str());
        // A scope that it has not yet, and a key that is not the one it signs with.
        client.scopes = ScopeSet::parse(SELF_SERVICE).unwrap();
        pair.one.running.register(client.clone()).await.unwrap();
        let sent = pair.one.sent_as(&id, READ, &nonce);
        let (status, said) = pair.at_two(&sent).await;
        assert!(status == StatusCode::BAD_REQUEST && said.contains("assertion.kid"), "{said}");
        client.keys = vec![Value::Object(pair.one.key.public().members().clone())];
        pair.one.running.register(client.clone()).await.unwrap();
        let (status, said) = pair.at_two(&sent).await;
        assert!(status == StatusCode::BAD_REQUEST && said.contains("request.scope_allowed"), "{said}");
        client.scopes = ScopeSet::parse(READ).unwrap();
        pair.one.running.register(client).await.unwrap();
        assert_eq!(pair.at_two(&sent).await.0, StatusCode::OK, "the same request, refused until now");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_replica_takes_away_the_other_refuses_within_a_second_and_what_it_gives_at_the_next_request()
{
    let pair = Pair::start().await;
    let register = async |enabled| {
        let mut changed = registration(pair.one.client_id.as_str());
        changed.keys = vec![Value::Object(pair.one.key.public().members().clone())];
        changed.enabled = enabled;
        pair.one.running.register(changed).await.unwrap();
    };
    let mut times = Vec::new();
    for _ in 0..5 {
        let nonce = pair.one.nonce().await;
        let status = async || pair.at_two(&pair.one.sent_with(READ, &nonce)).await.0;
        register(false).await;
        let began = Instant::now();
        in_time(async { while status().await != StatusCode::BAD_REQUEST {} }).await;
        times.push(began.elapsed());
        register(true).await;
        assert_eq!(status().await, StatusCode::OK);
    }
    // The machine may be held up in one of them, not in most.
    times.sort();
    assert!(times[2] < Duration::from_secs(1), "{times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgres_is_away_tokens_are_given_and_afterwards_nothing_is_lost() {
    let mut pair = Pair::start().await;
    pair.one.running.register(registration("before")).await.unwrap();
    for how in [Stop::Kill, Stop::Orderly] {
        pair.postgres.stop(how);
        pair.both_answer(StatusCode::OK).await;
        assert!(pair.two.register(registration("away")).await.is_err(), "it would be nowhere");
        pair.postgres.start_again().unwrap();
        in_time(async { while pair.two.register(registration("after")).await.is_err() {} }).await;
        let known = |running: &Running, id: &str| {
            let request = pair.get_client(running, id);
            async move { request.send().await.unwrap().status() }
        };
        for id in ["before", "after"] {
            in_time(async { while known(&pair.one.running, id).await != StatusCode::OK {} }).await;
        }
        assert_eq!(known(&pair.two, "away").await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_of_redis_nothing_that_was_used_passes_and_the_service_comes_back() {
    let mut pair = Pair::start().await;
    for how in [Stop::Kill, Stop::Orderly] {
        let used = pair.one.sent(READ).await;
        pair.both_answer(StatusCode::OK).await;
        assert_eq!(pair.at_one(&used).await.0, StatusCode::OK);
        pair.redis.stop(how);
        pair.both_answer(StatusCode::SERVICE_UNAVAILABLE).await;
        // As an OAuth client reads it (RFC 6749 section 5.2).
        let (_, said) = pair.at_two(&pair.one.sent(READ).await).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["error"], "temporarily_unavailable");
        assert_eq!(said["error_description"], "what remembers used assertions cannot be reached");
        pair.redis.start_again().unwrap();
        pair.both(|(_, why)| why.contains("restarted")).await;
        pair.one.clock.stand();
        // Until whatever may have been forgotten has expired: 60 s, three times the tolerance, and 1 s.
        for _ in 0..9 {
            assert_ne!(pair.at_two(&used).await.0, StatusCode::OK);
            pair.one.forward(10);
            let fresh = pair.one.sent(READ).await;
            assert_eq!(pair.at_one(&fresh).await.0, StatusCode::SERVICE_UNAVAILABLE);
        }
        pair.one.forward(1);
        pair.one.clock.go();
        pair.both_answer(StatusCode::OK).await;
        let (status, said) = pair.at_two(&used).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signing_key_that_one_replica_makes_is_published_by_both_before_it_signs() {
    let pair = Pair::start().await;
    let jwks = async |running: &Running| {
        let answer =
            pair.http.get(url(running, "/.well-known/openid-configuration/jwks")).send().await.unwrap();
        let set: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].to_string()).collect::<Vec<_>>()
    };
    pair.one.clock.stand();
    let before = jwks(&pair.one.running).await;
    assert_eq!(before, jwks(&pair.two).await);
    let rotate =
        pair.http.post(url(&pair.two, "/admin/api/signing-keys")).bearer_auth(pair.two.admin_token());
    let rotate = rotate.header("host", "localhost:8480").header("content-type", "application/json");
    assert!(rotate.body(r#"{"lead_seconds":0}"#).send().await.unwrap().status().is_success());
    let after = jwks(&pair.two).await;
    assert_eq!(after.len(), before.len() + 1);
    in_time(async { while jwks(&pair.one.running).await.len() != after.len() {} }).await;
    // Not before the others know it.
    let kid = |token: &str| {
        helseid_protocol::jose::jws::Unverified::parse(token, 16_384)
            .unwrap()
            .header()
            .kid()
            .unwrap()
            .to_string()
    };
    assert!(before[0].contains(&kid(&pair.one.token(READ).await)));
    pair.one.forward(6);
    assert!(!before[0].contains(&kid(&pair.one.token(READ).await)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_opens_the_pages_of_the_other_once_and_they_show_what_the_first_changed() {
    let pair = Pair::start().await;
    let link = pair.one.running.sign_in_link().await.unwrap();
    let form = format!("code={}", link.split_once('#').unwrap().1);
    let (host, origin) = ("localhost:8480", "http://localhost:8480");
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let enter = |replica: &Running| {
        let request = http.post(url(replica, "/admin/sign-in")).body(form.clone());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("host", host).header("origin", origin).send()
    };
    let entered = enter(&pair.two).await.unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    // Both know the address that is the session's own.
    let base = entered.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(enter(&pair.one.running).await.unwrap().status(), StatusCode::FORBIDDEN);
    for n in 0..20 {
        let number = format!("{:09}", 100_000_000 + n);
        let organisation = serde_json::json!({ "number": number, "name": format!("changed at one, {n}") });
        let (status, answer) = pair.one.admin(Method::POST, "/organisations", Some(&organisation)).await;
        assert!(status.is_success(), "{answer}");
        let page = http.get(url(&pair.two, &format!("{base}/organisations")));
        let page = page.header("host", host).header("cookie", &cookie).send().await.unwrap();
        assert!(page.text().await.unwrap().contains(&format!("changed at one, {n}")), "{n}");
    }
    let page = http.get(url(&pair.one.running, &base)).header("host", host).header("cookie", &cookie);
    assert_eq!(page.send().await.unwrap().status(), StatusCode::OK);
}
