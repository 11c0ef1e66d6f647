//! What is promised of the moment after `kill -9`.

mod logins;

use std::sync::atomic::{AtomicUsize, Ordering};

use helseid_http::{HttpError, MAX_ANSWER_BYTES, Outbound, system_clock};
use helseid_protocol::assertion::{AssertionRequest, make};
use helseid_protocol::dpop::{Nonce, ProofKey, ProofRequest, Target};
use helseid_protocol::endpoint::token::{CONTENT_TYPE, TokenRequest};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::ClientAssertion;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use crate::world::{Server, World};

const LISTEN: [&str; 5] = ["authority", "--issuer", "http://localhost:8480", "--listen", "127.0.0.1:0"];

pub(crate) fn token_of(world: &World) -> String {
    let file: Value = serde_json::from_str(&world.read("data/admin.json")).unwrap();
    file["token"].as_str().unwrap().to_owned()
}

pub(crate) fn admin(
    server: &Server,
    token: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> Request<Vec<u8>> {
    let url = format!("http://{}/admin/api/clients{path}", server.line["listen"][0].as_str().unwrap());
    let request = Request::builder().method(method).uri(url).header("host", "localhost:8480");
    let request = request.header("authorization", format!("Bearer {token}"));
    request.header("content-type", "application/json").body(body.to_string().into_bytes()).unwrap()
}

pub(crate) fn new_key() -> SigningKey {
    SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap()
}

/// How often the authority is killed, each time among so many registrations.
const KILLS: usize = 20;

/// As many as a debug build on a busy machine answers before the first of them would wait too long.
const AT_ONCE: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_registration_that_was_answered_is_there_after_each_of_twenty_kills() {
    let world = World::new();
    let outbound = Outbound::builder().build().unwrap();
    for round in 0..KILLS {
        let server = world.serve(&LISTEN);
        // Early, late and in between.
        let answered = killed_among(&world, server, &outbound, round, 10 + round * 14).await;
        let server = world.serve(&LISTEN);
        let token = token_of(&world);
        for n in answered {
            let request = admin(&server, &token, Method::GET, &format!("/client-{round}-{n}"), &Value::Null);
            let answer = outbound.send(request, MAX_ANSWER_BYTES).await.unwrap();
            assert!(answer.status().is_success(), "client-{round}-{n} is lost");
        }
        server.kill();
        assert_eq!(examined(&world.path("data/registry.sqlite")).await, "ok", "round {round}");
    }
}

/// What SQLite itself says of the file.
async fn examined(file: &std::path::Path) -> String {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.unwrap()
}

/// Sends [`AT_ONCE`] registrations, and kills the server when so many are answered; tells which were.
async fn killed_among(
    world: &World,
    server: Server,
    outbound: &Outbound,
    round: usize,
    after: usize,
) -> Vec<usize> {
    let (token, answered) = (token_of(world), AtomicUsize::new(0));
    let register = async |n: usize| {
        let body = json!({ "name": format!("client {n}") });
        let request = admin(&server, &token, Method::PUT, &format!("/client-{round}-{n}"), &body);
        let done =
            outbound.send(request, MAX_ANSWER_BYTES).await.is_ok_and(|answer| answer.status().is_success());
        if done {
            answered.fetch_add(1, Ordering::SeqCst);
        }
        done.then_some(n)
    };
    let mut running = Box::pin(futures_join((0..AT_ONCE).map(register).collect()));
    let process = server.process.id().to_string();
    let mut killed = false;
    let done = std::future::poll_fn(|context| {
        let polled = running.as_mut().poll(context);
        if !killed && answered.load(Ordering::SeqCst) >= after {
            killed = true;
            std::process::Command::new("kill").args(["-9", &process]).status().unwrap();
        }
        polled
    })
    .await;
    let answered: Vec<usize> = done.into_iter().flatten().collect();
    assert!(answered.len() >= after, "{} of {after}", answered.len());
    answered
}

/// All of them at once, in one task.
pub(crate) async fn futures_join<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in &mut all {
            if output.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        if all.iter().all(|(_, output)| output.is_some()) {
            return std::task::Poll::Ready(all.iter_mut().filter_map(|(_, output)| output.take()).collect());
        }
        std::task::Poll::Pending
    })
    .await
}

pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) key: SigningKey,
    pub(crate) proof_key: ProofKey,
    pub(crate) outbound: Outbound,
}

impl Client {
    pub(crate) fn assertion(&self) -> ClientAssertion {
        let issuer = Issuer::parse("http://localhost:8480").unwrap();
        let (jwt_id, now) = (jwt_id(&SystemRandom), system_clock());
        let request =
            AssertionRequest { client_id: &self.id, issuer: &issuer, jwt_id: &jwt_id, now, details: None };
        make(&self.key, request)
    }

    /// A token request with this assertion; asks for a nonce first, with another one.
    pub(crate) async fn send(&self, server: &Server, assertion: &ClientAssertion) -> Response<Vec<u8>> {
        let asked = self.send_with(server, &self.assertion(), None).await;
        let nonce = Nonce::parse(asked.headers()["dpop-nonce"].to_str().unwrap()).unwrap();
        self.send_with(server, assertion, Some(&nonce)).await
    }

    async fn send_with(
        &self,
        server: &Server,
        assertion: &ClientAssertion,
        nonce: Option<&Nonce>,
    ) -> Response<Vec<u8>> {
        let body =
            TokenRequest { client_id: &self.id, scope: &ScopeSet::none(), resource: None }.body(assertion);
        self.post(server, ("/connect/token", body), nonce).await.unwrap()
    }

    /// Posts a form, with a proof.
    async fn post(
        &self,
        server: &Server,
        (path, form): (&str, String),
        nonce: Option<&Nonce>,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let target = Target::parse(&format!("http://localhost:8480{path}")).unwrap();
        let proof = self.proof_key.make(ProofRequest {
            method: &Method::POST,
            target: &target,
            nonce,
            access_token: None,
            jwt_id: &jwt_id(&SystemRandom),
            now: system_clock(),
        });
        let url = format!("http://{}{path}", server.line["listen"][0].as_str().unwrap());
        let request = Request::post(url).header("content-type", CONTENT_TYPE).header("dpop", proof.expose());
        self.outbound.send(request.body(form.into_bytes()).unwrap(), MAX_ANSWER_BYTES).await
    }
}

#[tokio::test]
async fn an_assertion_that_was_used_before_the_kill_is_refused_after_it() {
    let world = World::new();
    let server = world.serve(&LISTEN);
    let (key, outbound) = (new_key(), Outbound::builder().build().unwrap());
    let scopes = ["norsk-helsenett:python-sample-api/read"];
    let body = json!({ "name": "mine", "keys": [key.public().members()], "scopes": scopes });
    let registration = admin(&server, &token_of(&world), Method::PUT, "/mine", &body);
    assert!(outbound.send(registration, MAX_ANSWER_BYTES).await.unwrap().status().is_success());
    let client = Client { id: "mine".parse().unwrap(), key, proof_key: ProofKey::new(new_key()), outbound };

    let (used, unused) = (client.assertion(), client.assertion());
    assert_eq!(client.send(&server, &used).await.status(), 200);
    server.kill();
    let server = world.serve(&LISTEN);
    let refused = client.send(&server, &used).await;
    let said = String::from_utf8_lossy(refused.body()).into_owned();
    assert!(refused.status() == 400 && said.contains("(rule assertion.jti_once)"), "{said}");
    assert_eq!(client.send(&server, &unused).await.status(), 200);
}
