//! The same of logins: who was told of a refresh token can use it, and no code is used twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use helseid_http::{MAX_ANSWER_BYTES, Outbound};
use helseid_protocol::dpop::{Nonce, ProofKey};
use helseid_protocol::endpoint::token::{CodeRequest, RefreshRequest};
use helseid_protocol::pkce::{CodeChallenge, CodeVerifier};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{AuthorizationCode, RefreshToken};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Client, KILLS, admin, examined, new_key, token_of};
use crate::world::{Server, World};

const CALLBACK: &str = "https://app.example/callback";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-1";
const SCOPES: &str = "openid offline_access norsk-helsenett:python-sample-api/read";

/// With a signing key that is made at once: requests wait for an RSA key, in a debug build on a busy machine for longer than they may.
const LISTEN: [&str; 7] =
    ["authority", "--issuer", "http://localhost:8480", "--listen", "127.0.0.1:0", "--alg", "ES256"];

/// So many people log in at once, one login after the other.
const AT_ONCE: usize = 6;

/// Each login is refreshed so often.
const REFRESHES: usize = 3;

/// A client, and the authority that it has now.
struct App {
    client: Client,
    server: Server,
    nonce: Mutex<Option<Nonce>>,
    answered: AtomicUsize,
    /// Kills the authority when so much was answered.
    kill_after: usize,
}

/// What an app was told of a login before the authority was gone.
#[derive(Default)]
struct Told {
    code: Option<String>,
    refresh_token: Option<String>,
}

/// The authority was killed.
struct Killed;

impl App {
    fn start(world: &World, client: Client, kill_after: usize) -> Self {
        let (server, nonce) = (world.serve(&LISTEN), Mutex::new(None));
        Self { client, server, nonce, answered: AtomicUsize::new(0), kill_after }
    }

    fn count(&self) {
        if self.answered.fetch_add(1, Ordering::SeqCst) + 1 == self.kill_after {
            let process = self.server.process.id().to_string();
            std::process::Command::new("kill").args(["-9", &process]).status().unwrap();
        }
    }

    /// What is answered to a form, with a nonce that is not too old.
    async fn post(&self, path: &str, form: impl Fn() -> String) -> Result<(StatusCode, Value), Killed> {
        loop {
            let nonce = self.nonce.lock().unwrap().clone();
            let answer = self.client.post(&self.server, (path, form()), nonce.as_ref()).await;
            let answer = answer.map_err(|_| Killed)?;
            let json: Value = serde_json::from_slice(answer.body()).unwrap();
            if json["error"] == "use_dpop_nonce" {
                let nonce = answer.headers()["dpop-nonce"].to_str().unwrap();
                *self.nonce.lock().unwrap() = Nonce::parse(nonce).ok();
                continue;
            }
            self.count();
            return Ok((answer.status(), json));
        }
    }

    /// A code for the doctor.
    async fn code(&self) -> Result<String, Killed> {
        let challenge = CodeChallenge::of(&CodeVerifier::parse(VERIFIER).unwrap());
        let form = || {
            Serializer::new(String::new())
                .extend_pairs([
                    ("response_type", "code"),
                    ("client_id", self.client.id.as_str()),
                    ("redirect_uri", CALLBACK),
                    ("scope", SCOPES),
                    ("code_challenge", challenge.as_str()),
                    ("code_challenge_method", "S256"),
                    ("test_pid", "06828399789"),
                    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                    ("client_assertion", self.client.assertion().expose()),
                ])
                .finish()
        };
        let (status, pushed) = self.post("/connect/par", form).await?;
        assert_eq!(status, StatusCode::CREATED, "{pushed}");
        let query = Serializer::new(String::new())
            .append_pair("client_id", self.client.id.as_str())
            .append_pair("request_uri", pushed["request_uri"].as_str().unwrap())
            .finish();
        let url =
            format!("http://{}/connect/authorize?{query}", self.server.line["listen"][0].as_str().unwrap());
        let visit = Request::get(url).header("host", "localhost:8480").body(Vec::new()).unwrap();
        let answer = self.client.outbound.send(visit, MAX_ANSWER_BYTES).await.map_err(|_| Killed)?;
        self.count();
        let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        Ok(code.unwrap_or_else(|| panic!("{back}")))
    }

    async fn redeem(&self, code: &str) -> Result<(StatusCode, Value), Killed> {
        let request = CodeRequest {
            client_id: &self.client.id,
            code: &AuthorizationCode::new(code),
            redirect_uri: CALLBACK,
            code_verifier: &CodeVerifier::parse(VERIFIER).unwrap(),
            resource: None,
        };
        self.post("/connect/token", || request.body(&self.client.assertion())).await
    }

    async fn refresh(&self, token: &str) -> Result<(StatusCode, Value), Killed> {
        let request = RefreshRequest {
            client_id: &self.client.id,
            refresh_token: &RefreshToken::new(token),
            scope: &ScopeSet::none(),
            resource: None,
        };
        self.post("/connect/token", || request.body(&self.client.assertion())).await
    }

    /// Logs in and refreshes.
    async fn log_in(&self, told: &mut Told) -> Result<(), Killed> {
        let code = told.code.insert(self.code().await?).clone();
        told.refresh_token = Some(refresh_token(self.redeem(&code).await?));
        for _ in 0..REFRESHES {
            let token = told.refresh_token.clone().unwrap();
            told.refresh_token = Some(refresh_token(self.refresh(&token).await?));
        }
        Ok(())
    }

    /// One login after the other, until the authority is killed.
    async fn log_in_until_killed(&self) -> Vec<Told> {
        let mut all = Vec::new();
        loop {
            let mut told = Told::default();
            let outcome = self.log_in(&mut told).await;
            all.push(told);
            if let Err(Killed) = outcome {
                return all;
            }
        }
    }

    /// What was told before holds: each refresh token gives new tokens, and no code does. The tokens first: one that was presented
    /// before the kill is good for a minute more.
    async fn holds(&self, known: &[Told]) -> Result<(), Killed> {
        for token in known.iter().filter_map(|told| told.refresh_token.as_ref()) {
            refresh_token(self.refresh(token).await?);
        }
        for code in known.iter().filter_map(|told| told.code.as_ref()) {
            let (status, answer) = self.redeem(code).await?;
            assert_eq!((status, &answer["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
        }
        Ok(())
    }
}

fn refresh_token((status, answer): (StatusCode, Value)) -> String {
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["refresh_token"].as_str().unwrap().to_owned()
}

async fn registered(world: &World) -> Client {
    let (server, key, outbound) = (world.serve(&LISTEN), new_key(), Outbound::builder().build().unwrap());
    let body = json!({
        "name": "mine",
        "keys": [key.public().members()],
        "scopes": ["norsk-helsenett:python-sample-api/read"],
        "grant_types": ["client_credentials", "authorization_code", "refresh_token"],
        "login": { "redirect_uris": [CALLBACK] },
    });
    let registration = admin(&server, &token_of(world), Method::PUT, "/mine", &body);
    let answer = outbound.send(registration, MAX_ANSWER_BYTES).await.unwrap();
    assert!(answer.status().is_success(), "{}", String::from_utf8_lossy(answer.body()));
    Client { id: "mine".parse().unwrap(), key, proof_key: ProofKey::new(new_key()), outbound }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_each_of_twenty_kills_told_refresh_tokens_are_good_and_codes_are_not() {
    let world = World::new();
    let mut client = registered(&world).await;
    let mut known: Vec<Told> = Vec::new();
    let mut good = 0;
    for round in 0..=KILLS {
        // Early, late and in between; the last one only looks.
        let kill_after = if round == KILLS { usize::MAX } else { 4 + round * 5 };
        // Looking is not counted.
        let app = App::start(&world, client, usize::MAX);
        assert!(app.holds(&known).await.is_ok(), "round {round}");
        good += known.iter().filter(|told| told.refresh_token.is_some()).count();
        known.clear();
        let app = Arc::new(App { answered: AtomicUsize::new(0), kill_after, ..app });
        if round < KILLS {
            let mut people = JoinSet::new();
            for _ in 0..AT_ONCE {
                let app = app.clone();
                people.spawn(async move { app.log_in_until_killed().await });
            }
            known = people.join_all().await.into_iter().flatten().collect();
        }
        let app = Arc::into_inner(app).unwrap();
        client = app.client;
        app.server.kill();
        assert_eq!(examined(&world.path("data/registry.sqlite")).await, "ok", "round {round}");
    }
    assert!(good >= KILLS, "{good} refresh tokens were told of");
}
