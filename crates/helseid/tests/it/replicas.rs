//! Two replicas as processes, of which one is killed.

use std::sync::atomic::{AtomicUsize, Ordering};

use helseid_http::{MAX_ANSWER_BYTES, Outbound};
use helseid_protocol::dpop::ProofKey;
use helseid_test_services::{Postgres, Redis};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::kill::{Client, admin, futures_join, new_key, token_of};
use crate::world::{Server, World};

/// The replicas' folders and what they share.
pub(crate) struct Shared {
    pub(crate) world: World,
    postgres: Postgres,
    pub(crate) redis: Redis,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let world = World::new();
        world.ok(&["authority", "make-secret", "replicas.secret"]);
        Self { world, postgres: Postgres::start().unwrap(), redis: Redis::start().unwrap() }
    }

    fn replica(&self, folder: &str) -> Server {
        self.started(&["--issuer", "http://localhost:8480", "--data-dir", folder])
    }

    /// Starts one that is told this besides.
    pub(crate) fn started(&self, more: &[&str]) -> Server {
        let mut command = self.world.command(&["authority", "--alg", "ES256", "--listen", "127.0.0.1:0"]);
        command.args(["--secret-file", "replicas.secret"]).args(more);
        // The URL holds a password, which does not belong in the list of processes.
        command.env("HELSEID_AUTHORITY_STORE", self.postgres.url());
        command.env("HELSEID_AUTHORITY_EPHEMERAL", self.redis.url());
        World::served(command)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_replica_had_answered_the_other_knows_and_a_new_one_takes_its_place() {
    let shared = Shared::new();
    // The admin token follows from the secret: both have the same.
    let (one, two) = (shared.replica("data"), shared.replica("data-two"));
    let (token, outbound) = (token_of(&shared.world), Outbound::builder().build().unwrap());
    let key = new_key();
    let scopes = ["norsk-helsenett:python-sample-api/read"];
    let body = json!({ "name": "mine", "keys": [key.public().members()], "scopes": scopes });
    let request = admin(&one, &token, Method::PUT, "/mine", &body);
    assert!(outbound.send(request, MAX_ANSWER_BYTES).await.unwrap().status().is_success());

    let answered = AtomicUsize::new(0);
    let register = async |n: usize| {
        let body = json!({ "name": format!("client {n}") });
        // A busy database has the replica ask for patience; a killed replica answers nothing.
        let done = loop {
            let request = admin(&one, &token, Method::PUT, &format!("/client-{n}"), &body);
            match outbound.send(request, MAX_ANSWER_BYTES).await {
                Ok(answer) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {}
                answer => break answer.is_ok_and(|answer| answer.status().is_success()),
            }
        };
        if done {
            answered.fetch_add(1, Ordering::SeqCst);
        }
        done.then_some(n)
    };
    let mut running = Box::pin(futures_join((0..200).map(register).collect()));
    let process = one.process.id().to_string();
    let mut killed = false;
    let done = std::future::poll_fn(|context| {
        let polled = running.as_mut().poll(context);
        if !killed && answered.load(Ordering::SeqCst) >= 100 {
            killed = true;
            std::process::Command::new("kill").args(["-9", &process]).status().unwrap();
        }
        polled
    })
    .await;
    drop(running);
    drop(one);
    let answered: Vec<usize> = done.into_iter().flatten().collect();
    assert!(answered.len() >= 100, "{}", answered.len());
    for n in answered {
        let request = admin(&two, &token, Method::GET, &format!("/client-{n}"), &Value::Null);
        let answer = outbound.send(request, MAX_ANSWER_BYTES).await.unwrap();
        assert!(answer.status().is_success(), "client-{n} is lost");
    }

    let client = Client { id: "mine".parse().unwrap(), key, proof_key: ProofKey::new(new_key()), outbound };
    let used = client.assertion();
    assert_eq!(client.send(&two, &used).await.status(), StatusCode::OK);
    let three = shared.replica("data");
    assert_eq!(client.send(&three, &client.assertion()).await.status(), StatusCode::OK);
    assert_eq!(client.send(&three, &used).await.status(), StatusCode::BAD_REQUEST, "used at the other");
}

#[test]
fn a_replica_that_has_another_secret_does_not_start() {
    let shared = Shared::new();
    drop(shared.replica("data"));
    shared.world.ok(&["authority", "make-secret", "other.secret"]);
    let said = refused(&shared, "other.secret", |command| {
        command.env("HELSEID_AUTHORITY_EPHEMERAL", shared.redis.url());
    });
    assert!(said.contains("give --secret-file the file of the other replicas"), "{said}");
    assert!(!said.contains(&shared.postgres.url()), "{said}");
}

/// What a replica with this secret says, which does not start.
fn refused(shared: &Shared, secret: &str, more: impl FnOnce(&mut std::process::Command)) -> String {
    let mut command =
        shared.world.command(&["authority", "--alg", "ES256", "--issuer", "http://localhost:8480"]);
    command.args(["--listen", "127.0.0.1:0", "--secret-file", secret, "--data-dir", "other"]);
    command.env("HELSEID_AUTHORITY_STORE", shared.postgres.url());
    more(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    said
}

/// `--ephemeral` was called `--fleeting`: the old names lead as far as the new ones.
#[test]
fn the_former_names_of_the_ephemeral_store_are_understood() {
    let shared = Shared::new();
    drop(shared.replica("data"));
    shared.world.ok(&["authority", "make-secret", "other.secret"]);
    shared.world.write("redis.url", &shared.redis.url());
    let url = shared.redis.url();
    let variables =
        [("HELSEID_AUTHORITY_FLEETING", url.as_str()), ("HELSEID_AUTHORITY_FLEETING_FILE", "redis.url")];
    for (name, value) in variables {
        let said = refused(&shared, "other.secret", |command| {
            command.env(name, value);
        });
        assert!(said.contains("give --secret-file the file of the other replicas"), "{name}: {said}");
    }
    for flag in ["--fleeting-file", "--ephemeral-file"] {
        let said = refused(&shared, "other.secret", |command| {
            command.args([flag, "redis.url"]);
        });
        assert!(said.contains("give --secret-file the file of the other replicas"), "{flag}: {said}");
    }
    let with_password = |command: &mut std::process::Command| {
        command.args(["--fleeting", "redis://:secret@cache.example"]);
    };
    let said = refused(&shared, "replicas.secret", with_password);
    assert!(
        said.contains("give the URL as HELSEID_AUTHORITY_EPHEMERAL") && !said.contains(":secret@"),
        "{said}"
    );
}
