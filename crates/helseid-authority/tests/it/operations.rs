//! Rotation, faults on request, limits, seed files, backup, a full database, and databases of older versions.

use std::path::Path;

use helseid_admin_api::{ApiResource, ClientFaults, ClientRegistration};
use helseid_authority::{Authority, Config, Seed, SeedAction};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::JwkSet;
use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, READ, new_key};
use crate::{http, start_with};

async fn kids(desk: &Desk, path: &str) -> Vec<String> {
    let answer = http().get(desk.url(path)).send().await.unwrap();
    let set = JwkSet::read(&answer.bytes().await.unwrap()).unwrap();
    set.keys().iter().map(|key| key.key_id().unwrap().to_string()).collect()
}

fn kid(token: &str) -> String {
    let jws = helseid_protocol::jose::jws::Unverified::parse(token, 100_000).unwrap();
    jws.header().kid().unwrap().to_string()
}

const KEYS: &str = "/.well-known/openid-configuration/jwks";
const EXPIRED: &str = "/connect/expiredjwks";

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_last_token_has_expired() {
    let desk = Desk::new().await;
    let old = kid(&desk.token(READ).await);
    let lead = json!({ "lead_seconds": 60 });
    let (status, keys) = desk.admin(Method::POST, "/signing-keys", Some(&lead)).await;
    assert_eq!(status, StatusCode::OK);
    let new = keys[0]["kid"].as_str().unwrap().to_owned();
    assert_eq!((&keys[0]["state"], &keys[1]["state"]), (&json!("next"), &json!("signing")));
    assert_eq!(kids(&desk, KEYS).await, [new.clone(), old.clone()]);
    assert_eq!(kid(&desk.token(READ).await), old);
    desk.forward(60);
    assert_eq!(kid(&desk.token(READ).await), new);
    // 600 s of a token, and 10 s of clocks that differ.
    desk.forward(609);
    assert_eq!(kids(&desk, KEYS).await, [new.clone(), old.clone()]);
    assert_eq!(kids(&desk, EXPIRED).await, Vec::<String>::new());
    desk.forward(1);
    assert_eq!(kids(&desk, KEYS).await, [new]);
    assert_eq!(kids(&desk, EXPIRED).await, [old]);
}

#[tokio::test]
async fn a_key_that_was_replaced_before_it_signed_never_does() {
    let desk = Desk::new().await;
    let (_, first) = desk.admin(Method::POST, "/signing-keys", Some(&json!({ "lead_seconds": 600 }))).await;
    let (_, second) = desk.admin(Method::POST, "/signing-keys", Some(&json!({}))).await;
    let signing = second.as_array().unwrap().iter().find(|key| key["state"] == "signing").unwrap();
    assert_ne!(signing["kid"], first[0]["kid"]);
    desk.forward(700);
    assert_eq!(kid(&desk.token(READ).await), signing["kid"].as_str().unwrap());
}

async fn with_faults(faults: ClientFaults) -> Desk {
    let desk = Desk::with(Config::in_memory().enable_faults(), |_| ()).await;
    let body = serde_json::to_value(faults).unwrap();
    let (status, _) = desk.admin(Method::PUT, "/faults/the-client", Some(&body)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    desk
}

#[tokio::test]
async fn each_fault_happens_as_often_as_it_was_asked_for() {
    let desk = with_faults(ClientFaults { server_errors: 2, ..ClientFaults::default() }).await;
    let sent = || async { desk.post(&desk.sent_without_nonce()).send().await.unwrap().status() };
    assert_eq!(
        [sent().await, sent().await, sent().await],
        [StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE, StatusCode::BAD_REQUEST]
    );

    let many = ClientFaults { server_errors: 1, server_error_status: Some(429), ..ClientFaults::default() };
    let desk = with_faults(many).await;
    let answer = desk.post(&desk.sent_without_nonce()).send().await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"1".parse().unwrap())
    );
    desk.token(READ).await;

    let desk = with_faults(ClientFaults { nonces_dropped: 1, ..ClientFaults::default() }).await;
    let dropped = desk.post(&desk.sent_without_nonce()).send().await.unwrap();
    assert!(dropped.headers().get("dpop-nonce").is_none());
    desk.token(READ).await;

    let desk = with_faults(ClientFaults { nonces_refused: 1, ..ClientFaults::default() }).await;
    let refused = desk.post(&desk.sent(READ).await).send().await.unwrap();
    assert!(refused.headers().get("dpop-nonce").is_some());
    desk.token(READ).await;

    let desk = with_faults(ClientFaults { token_type: Some("MAC".into()), ..ClientFaults::default() }).await;
    assert_eq!(desk.answer(&desk.sent(READ).await).await.1["token_type"], "MAC");

    let desk = with_faults(ClientFaults { rollover_after: Some(2), ..ClientFaults::default() }).await;
    let kids = [kid(&desk.token(READ).await), kid(&desk.token(READ).await), kid(&desk.token(READ).await)];
    assert_eq!(kids[0], kids[1]);
    assert_ne!(kids[1], kids[2]);

    let desk = with_faults(ClientFaults { truncated_jwks: true, ..ClientFaults::default() }).await;
    let keys = http().get(desk.url(KEYS)).send().await.unwrap().bytes().await.unwrap();
    assert!(JwkSet::read(&keys).is_err());

    let desk = with_faults(ClientFaults { clock_skew_seconds: 120, ..ClientFaults::default() }).await;
    let answer = desk.post(&desk.sent_without_nonce()).send().await.unwrap();
    let date = answer.headers()["date"].to_str().unwrap();
    assert_eq!(
        date,
        httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_120))
    );
    assert!(crate::json(answer).await["error_description"].as_str().unwrap().contains("assertion.exp"));
}

#[tokio::test]
async fn a_delay_is_as_long_as_it_was_asked_for() {
    let desk = with_faults(ClientFaults { delay_milliseconds: 60_000, ..ClientFaults::default() }).await;
    let request = desk.post(&desk.sent_without_nonce());
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), request.send()).await;
    assert!(waited.is_err(), "the answer came at once");
}

#[tokio::test]
async fn a_fault_beyond_its_bounds_is_refused_and_the_answers_go_on() {
    let desk = Desk::with(Config::in_memory().enable_faults(), |_| ()).await;
    let put = async |body: Value| desk.admin(Method::PUT, "/faults/the-client", Some(&body)).await;
    for wrong in [
        json!({ "clock_skew_seconds": i64::MAX }),
        json!({ "clock_skew_seconds": 300_000_000_000_i64 }),
        json!({ "clock_skew_seconds": -31_536_001 }),
        json!({ "delay_milliseconds": 60_001 }),
        json!({ "server_error_status": 499 }),
        json!({ "server_error_status": 428 }),
        json!({ "token_type": "" }),
        json!({ "token_type": "x".repeat(65) }),
        json!({ "token_type": "two words" }),
    ] {
        let (status, problem) = put(wrong.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(problem["detail"].as_str().unwrap().starts_with("expected "), "{problem}");
    }
    for seconds in [31_536_000, -31_536_000] {
        assert_eq!(put(json!({ "clock_skew_seconds": seconds })).await.0, StatusCode::NO_CONTENT);
        let answer = desk.post(&desk.sent_without_nonce()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn there_are_no_faults_unless_they_were_asked_for_at_the_start() {
    let desk = Desk::new().await;
    let body = json!({ "server_errors": 5 });
    let (status, problem) = desk.admin(Method::PUT, "/faults/the-client", Some(&body)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["next"].as_str().unwrap().contains("--enable-faults"));
}

impl Desk {
    fn sent_without_nonce(&self) -> crate::desk::Sent {
        let proof = self.proof(&Method::POST, "/connect/token", None, None).sign(&self.proof_key);
        crate::desk::Sent {
            assertion: self.assertion().sign(&self.key),
            proof: Some(proof),
            form: vec![("grant_type", "client_credentials".to_owned())],
        }
    }
}

#[tokio::test]
async fn whoever_asks_too_often_waits_for_the_next_second() {
    let desk = Desk::with(Config::in_memory().requests_per_second(3), |_| ()).await;
    let ask = || async { desk.post(&desk.sent_without_nonce()).send().await.unwrap() };
    for _ in 0..3 {
        assert_eq!(ask().await.status(), StatusCode::BAD_REQUEST);
    }
    let refused = ask().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    desk.forward(1);
    assert_eq!(ask().await.status(), StatusCode::BAD_REQUEST);
}

fn seed(clients: &[&str], scope: &str) -> Seed {
    let api = format!("{}:api", scope.split(':').next().unwrap());
    let jwk = || Value::Object(crate::desk::new_private().public().members().clone());
    Seed {
        apis: vec![ApiResource {
            audience: api.parse().unwrap(),
            scopes: ScopeSet::parse(scope).unwrap(),
            claims: Default::default(),
            approval: false,
        }],
        clients: clients
            .iter()
            .map(|id| ClientRegistration {
                client_id: Some(id.parse().unwrap()),
                ..ClientRegistration::new(*id, ScopeSet::parse(scope).unwrap(), vec![jwk()])
            })
            .collect(),
        ..Seed::default()
    }
}

#[tokio::test]
async fn a_seed_file_is_planned_applied_kept_and_pruned() {
    let desk = Desk::new().await;
    let first = seed(&["one", "two"], "my:api/read");
    let actions = |steps: Vec<helseid_authority::SeedStep>| {
        steps.into_iter().map(|step| (step.action, step.entry)).collect::<Vec<_>>()
    };
    let steps = actions(desk.running.apply_seed(first.clone(), false).await.unwrap());
    assert_eq!(steps[0], (SeedAction::Add, "api my:api".to_owned()));
    let again = actions(desk.running.apply_seed(first.clone(), false).await.unwrap());
    assert!(again.iter().all(|(action, _)| *action == SeedAction::Keep), "{again:?}");

    let (_, client) = desk.admin(Method::GET, "/clients/one", None).await;
    assert_eq!(client["managed_by_file"], true);
    let change = json!({ "name": "by hand" });
    for (method, body) in [(Method::PATCH, Some(&change)), (Method::DELETE, None)] {
        let (status, problem) = desk.admin(method, "/clients/one", body).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(problem["title"].as_str().unwrap().contains("managed by a seed file"), "{problem}");
    }

    let mut second = first.clone();
    second.clients.truncate(1);
    second.clients[0].name = "renamed".to_owned();
    let steps = actions(desk.running.apply_seed(second.clone(), false).await.unwrap());
    assert!(steps.contains(&(SeedAction::Change, "client one".to_owned())));
    assert_eq!(desk.admin(Method::GET, "/clients/two", None).await.0, StatusCode::OK);
    let steps = actions(desk.running.apply_seed(second, true).await.unwrap());
    assert!(steps.contains(&(SeedAction::Remove, "client two".to_owned())));
    assert_eq!(desk.admin(Method::GET, "/clients/two", None).await.0, StatusCode::NOT_FOUND);
    // What people registered is never the file's to remove.
    assert_eq!(desk.admin(Method::GET, "/clients/the-client", None).await.0, StatusCode::OK);

    let mut broken = seed(&["three"], "my:api/read");
    broken.clients.push(ClientRegistration::new(
        "four",
        ScopeSet::parse("nhn:nobody/x").unwrap(),
        Vec::new(),
    ));
    broken.clients[1].client_id = Some("four".parse().unwrap());
    assert!(desk.running.apply_seed(broken, false).await.is_err());
    assert_eq!(desk.admin(Method::GET, "/clients/three", None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = || in_folder(folder.path());
    let steps = Authority::plan_seed(config(), seed(&["one"], "my:api/read"), true).await.unwrap();
    assert!(steps.iter().all(|step| step.action == SeedAction::Add), "{steps:?}");
    assert!(!folder.path().join("data").exists());
}

fn in_folder(folder: &Path) -> Config {
    Config::in_folder(folder.join("data")).issuer(Issuer::parse("http://localhost:8480").unwrap())
}

#[tokio::test]
async fn a_backup_of_a_running_authority_is_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_with(in_folder(folder.path())).await;
    first.ready().await;
    let jwk = Value::Object(new_key().public().members().clone());
    let registration = ClientRegistration::new("kept", ScopeSet::parse(READ).unwrap(), vec![jwk]);
    let kept = first.register(registration).await.unwrap().client_id;
    let file = folder.path().join("backup");
    Authority::backup(&folder.path().join("data"), &file).await.unwrap();
    assert!(Authority::backup(&folder.path().join("data"), &file).await.is_err(), "it was overwritten");
    let keys = http().get(crate::url(&first, KEYS)).send().await.unwrap().bytes().await.unwrap();
    first.shut_down().await;

    std::fs::create_dir_all(folder.path().join("other/data")).unwrap();
    std::fs::copy(&file, folder.path().join("other/data/registry.sqlite")).unwrap();
    let restored = start_with(in_folder(&folder.path().join("other"))).await;
    assert_eq!(http().get(crate::url(&restored, KEYS)).send().await.unwrap().bytes().await.unwrap(), keys);
    let path = format!("/admin/api/clients/{kept}");
    let shown = http().get(crate::url(&restored, &path)).bearer_auth(restored.admin_token());
    let shown = shown.header("host", "localhost:8480").send().await.unwrap();
    assert_eq!(crate::json(shown).await["name"], "kept");
}

#[tokio::test]
async fn keys_of_a_stopped_authority_are_rotated_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_with(in_folder(folder.path())).await;
    first.ready().await;
    let config = || in_folder(folder.path()).algorithm(helseid_protocol::jose::Algorithm::ES256);
    let locked = Authority::rotate_keys(config(), std::time::Duration::ZERO).await;
    assert!(locked.is_err(), "two at once");
    first.shut_down().await;
    let keys = Authority::rotate_keys(config(), std::time::Duration::ZERO).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.state.as_str()).collect::<Vec<_>>(), ["signing", "published"]);
}

#[tokio::test]
async fn a_full_database_says_so_and_can_still_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let running = start_with(in_folder(folder.path()).max_store_bytes(200_000)).await;
    running.ready().await;
    let name = |n: i32| format!("{n} {}", "x".repeat(150));
    let mut refusal = None;
    for n in 0..5_000 {
        let jwk = Value::Object(new_key().public().members().clone());
        let registration = ClientRegistration::new(name(n), ScopeSet::parse(READ).unwrap(), vec![jwk]);
        if let Err(why) = running.register(registration).await {
            refusal = Some(why);
            break;
        }
    }
    let refusal = refusal.expect("it never was full");
    assert!(refusal.detail.contains("full"), "{refusal}");
    let list = http().get(crate::url(&running, "/admin/api/clients")).bearer_auth(running.admin_token());
    let list = list.header("host", "localhost:8480").send().await.unwrap();
    assert!(!crate::json(list).await["items"].as_array().unwrap().is_empty());
    let put = http().put(crate::url(&running, "/admin/api/clients/full")).bearer_auth(running.admin_token());
    let put = put.header("host", "localhost:8480").header("content-type", "application/json");
    let put = put.body(json!({ "name": name(0) }).to_string()).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::INSUFFICIENT_STORAGE);
}
