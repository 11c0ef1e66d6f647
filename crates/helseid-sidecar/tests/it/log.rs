//! Everything that a sidecar logs: searched for what must not be there, and how much others can make of it.

use std::sync::Mutex;
use std::time::Duration;

use helseid_protocol::rule::Profile;
use helseid_testkit::World;
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter as _;

use crate::exchange::{PATH, asked, chain};
use crate::gate::{NGINX, proof, section};
use crate::world::{Folder, KEY, Running, open, run};

/// What the process has logged.
static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A number of a person, in whatever a caller sends.
const PERSON: &str = "13109525611";

/// Runs the test of this name in a process of its own, and there `test`, with what is logged in [`WRITTEN`].
fn alone<F: Future<Output = ()>>(name: &str, level: LevelFilter, test: impl FnOnce() -> F) {
    if !helseid_test_services::is_alone(name) {
        return;
    }
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(level);
    let subscriber = subscriber.with_writer(|| WRITTEN.make_writer()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test());
}

fn written() -> String {
    String::from_utf8(WRITTEN.lock().unwrap().clone()).unwrap()
}

#[test]
fn no_token_no_key_and_no_number_of_a_person_is_logged() {
    let name = "log::no_token_no_key_and_no_number_of_a_person_is_logged";
    alone(name, LevelFilter::DEBUG, async || {
        let secrets = walk().await;
        let text = written();
        assert!(text.contains("answered") && text.contains("refused"), "{text}");
        // What the authority of the test logs is its own. The API of the test is protected by the same crate, and logs nothing of these.
        let own: Vec<_> = text.lines().filter(|line| !line.contains("helseid_authority::")).collect();
        assert!(own.iter().any(|line| line.contains("helseid_api::") && line.contains("dpop.htu")), "{text}");
        let own = own.join("\n");
        for secret in secrets {
            assert!(!own.contains(&secret), "{secret} in {own}");
        }
    });
}

#[test]
fn while_redis_is_away_whoever_has_a_token_fills_no_log() {
    let name = "log::while_redis_is_away_whoever_has_a_token_fills_no_log";
    alone(name, LevelFilter::INFO, async || {
        let chain = chain().await;
        let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let section = section("patients", &format!("redis = \"redis://{away}\""));
        let sidecar = chain.sidecar(&section, open()).await;
        let (_, token) = chain.request().await;
        let ask = async || assert_eq!(sidecar.post(PATH, &asked(&token)).await.status, 503);
        for _ in 0..50 {
            ask().await;
        }
        let about_redis = || {
            let text = written();
            let own = text.lines().filter(|line| line.contains("what other sidecars admitted"));
            own.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(about_redis().len(), 10);
        chain.world.clock().forward(Duration::from_secs(1));
        ask().await;
        let lines = about_redis();
        assert!(lines.len() == 11 && lines[10].contains("left_out=40"), "{lines:?}");
    });
}

async fn walk() -> Vec<String> {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = Folder::new(&world, &section("patients", NGINX));
    let flags = helseid_sidecar::ListenFlags {
        insecure_no_key: false,
        shared_key_file: Some(folder.path("shared.key")),
        ..open()
    };
    let sidecar = run(&world, folder, flags).await;
    let lines = format!("X-HelseID-Key: {KEY}\r\nContent-Type: application/json\r\n");
    let url = format!("{}?person={PERSON}", world.url());
    let wanted = json!({ "api": "sample", "method": "GET", "url": url }).to_string();
    let given = sidecar.post_with(&lines, "/api/v1/headers", &wanted).await;
    assert_eq!(given.status, 200, "{given:?}");
    for (path, body) in [
        ("/api/v1/token", json!({ "identity_provider": PERSON, "target": PERSON }).to_string()),
        (
            "/api/v1/token",
            json!({ "identity_provider": "helseid", "target": format!("nhn:{PERSON}/read") }).to_string(),
        ),
        ("/api/v1/headers", json!({ "api": PERSON, "method": "GET", "url": url }).to_string()),
        (
            "/api/v1/headers",
            json!({ "api": "sample", "method": "GET", "url": format!("https://x/{PERSON}") }).to_string(),
        ),
    ] {
        assert!(sidecar.post_with(&lines, path, &body).await.status >= 400, "{body}");
    }
    let nothing_there = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let away = format!("[api.away]\nurl = \"http://{nothing_there}\"");
    let before_nothing = crate::world::sidecar(&world, &away).await;
    for (sidecar, path) in [(&sidecar, "sample"), (&before_nothing, "away"), (&sidecar, PERSON)] {
        let lines = format!("{lines}X-HelseID-Sidecar: 1\r\nX-Person: {PERSON}\r\nContent-Length: 0\r\n");
        let lines =
            if path == "away" { lines.replace(&format!("X-HelseID-Key: {KEY}\r\n"), "") } else { lines };
        let host = sidecar.address.unwrap();
        let target = format!("/call/{path}/{PERSON}/..?q={PERSON}");
        for target in [target.replace("/..", ""), target] {
            let request = format!("M{PERSON} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
            assert!(sidecar.raw(&request).await.status >= 400, "{target}");
        }
    }
    for method in [format!("M{PERSON}"), "GET".to_owned()] {
        let refused = wrong_proof(&world, &sidecar, &method).await;
        assert_eq!(refused, [401, 401], "{method}");
    }
    let wrong = format!("X-HelseID-Key: {PERSON}{KEY}\r\n");
    assert_eq!(sidecar.post_with(&wrong, "/api/v1/token", PERSON).await.status, 401);
    assert_eq!(sidecar.get(&format!("/{PERSON}")).await.status, 404);
    let header = |name: &str| given.body["headers"][name].as_str().unwrap().to_owned();
    let token = header("Authorization").trim_start_matches("DPoP ").to_owned();
    vec![
        token,
        header("DPoP"),
        given.text("handle").to_owned(),
        KEY.to_owned(),
        PERSON.to_owned(),
        world.key.to_json().expose().to_owned(),
    ]
}

/// What validation and the gate answer to a proof that is for another address of a patient.
async fn wrong_proof(world: &World, sidecar: &Running, method: &str) -> [u16; 2] {
    let own = http::Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("https://api.example/v1/patients/{PERSON}/notes");
    let headers = proof(&world.client().unwrap(), own, &url).await;
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    let (token, dpop) = (text(headers.authorization()), text(headers.dpop().unwrap()));
    let path = format!("/v1/patients/{PERSON}");
    let facts = json!({ "method": method, "path": path, "authorization": token, "dpop": dpop }).to_string();
    let key = format!("X-HelseID-Key: {KEY}\r\n");
    let lines = format!("{key}Content-Type: application/json\r\n");
    let validated = sidecar.post_with(&lines, "/api/v1/validate/patients", &facts).await;
    let (host, original) =
        (sidecar.address.unwrap(), format!("X-Original-Method: {method}\r\nX-Original-URI: {path}\r\n"));
    let lines = format!("{key}{original}Authorization: {token}\r\nDPoP: {dpop}\r\n");
    let asked =
        sidecar.raw(&format!("GET /forward-auth/patients HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")).await;
    [validated.status, asked.status]
}
