//! What is counted, and that nothing of a token or a person is.

use helseid_protocol::rule::Profile;
use helseid_testkit::{Proxy, SCOPE, Weather, World};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::gate::section;
use crate::world::{Folder, KEY, Running, open, run, sidecar};

/// A number of a person, which nobody has.
const PERSON: &str = "13109525611";

/// The answer to `GET /metrics` with these headers.
pub(crate) async fn scraped(sidecar: &Running, lines: &str) -> String {
    let host = sidecar.address.unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

pub(crate) const OWN: &str = "X-HelseID-Sidecar: 1\r\n";

pub(crate) async fn called(sidecar: &Running, target: &str) -> u16 {
    let host = sidecar.address.unwrap();
    sidecar.raw(&format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{OWN}\r\n")).await.status
}

/// Whether the text has this line.
fn has(text: &str, line: &str) {
    assert!(text.lines().any(|own| own == line), "no {line} in {text}");
}

#[tokio::test]
async fn requests_tokens_calls_and_decisions_are_counted() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", "")).await;
    let token = json!({ "identity_provider": "helseid", "target": SCOPE });
    for _ in 0..2 {
        assert_eq!(sidecar.post("/api/v1/token", &token).await.status, 200);
    }
    assert_eq!(sidecar.post("/api/v1/token", &json!({})).await.status, 400);
    let refused = json!({ "identity_provider": "helseid", "target": "nhn:other/read" });
    assert_eq!(sidecar.post("/api/v1/token", &refused).await.status, 400);
    assert_eq!(called(&sidecar, "/call/sample/whoami").await, 200);
    assert_eq!(called(&sidecar, "/call/sample/nothing").await, 404);
    let facts = json!({ "method": "GET", "path": "/v1/patients" });
    assert_eq!(sidecar.post("/api/v1/validate/patients", &facts).await.status, 401);
    let text = scraped(&sidecar, OWN).await;
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains("content-type: application/openmetrics-text; version=1.0.0"), "{text}");
    for line in [
        "helseid_sidecar_requests_total{endpoint=\"token\",status=\"2xx\"} 2",
        "helseid_sidecar_requests_total{endpoint=\"token\",status=\"4xx\"} 2",
        "helseid_sidecar_request_seconds_count{endpoint=\"token\"} 4",
        "helseid_sidecar_tokens_total{account=\"default\",outcome=\"granted\"} 4",
        "helseid_sidecar_tokens_total{account=\"default\",outcome=\"refused\"} 1",
        // One for each of two requests of one token, one for the API's, and one that was refused; then kept.
        "helseid_sidecar_token_lookups_total{account=\"default\",outcome=\"miss\"} 3",
        "helseid_sidecar_token_lookups_total{account=\"default\",outcome=\"hit\"} 2",
        "helseid_sidecar_tokens_kept{account=\"default\"} 2",
        "helseid_sidecar_authority_request_seconds_count{account=\"default\"} 3",
        "helseid_sidecar_api_seconds_count{api=\"sample\"} 2",
        "texas_token_cache_hits_total{identity_provider=\"helseid\"} 2",
        "texas_token_cache_size{identity_provider=\"helseid\"} 2",
        "texas_identity_provider_latency_secs_count{identity_provider=\"helseid\"} 3",
        "helseid_sidecar_calls_total{api=\"sample\",status=\"2xx\"} 1",
        "helseid_sidecar_calls_total{api=\"sample\",status=\"4xx\"} 1",
        "helseid_sidecar_decisions_total{protect=\"patients\",decision=\"no_credentials\"} 1",
        "helseid_sidecar_authority_failing_seconds{account=\"default\"} 0",
        "helseid_sidecar_authority_clock_offset_seconds{account=\"default\"} 0",
        "texas_handler_requests_total{path=\"/api/v1/token\"} 4",
        "texas_handler_errors_total{path=\"/api/v1/token\",error_kind=\"client_error\"} 2",
        "# EOF",
    ] {
        has(&text, line);
    }
}

#[tokio::test]
async fn an_authority_that_is_away_is_told() {
    let proxy = Proxy::new().unwrap();
    let world = World::start_behind(&proxy).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    proxy.all(Weather::Dropped);
    assert_eq!(called(&sidecar, "/call/sample/whoami").await, 503);
    world.clock().forward(std::time::Duration::from_secs(70));
    let text = scraped(&sidecar, OWN).await;
    let line = text.lines().find(|line| line.starts_with("helseid_sidecar_authority_failing_seconds"));
    let seconds: u64 = line.unwrap().rsplit_once(' ').unwrap().1.parse().unwrap();
    assert!(seconds >= 70, "{text}");
    has(&text, "helseid_sidecar_tokens_total{account=\"default\",outcome=\"failed\"} 1");
}

#[tokio::test]
async fn whoever_may_not_ask_sees_nothing() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let open = sidecar(&world, "").await;
    assert!(scraped(&open, "").await.starts_with("HTTP/1.1 401"));
    assert!(
        scraped(&open, "X-HelseID-Sidecar: 1\r\nOrigin: http://localhost\r\n")
            .await
            .starts_with("HTTP/1.1 403")
    );
    let callers = "[sidecar.caller.journal]\nshared_key_file = \"shared.key\"\nendpoints = [\"call\"]\n\
                   [sidecar.caller.prometheus]\nshared_key_file = \"other.key\"\nendpoints = [\"metrics\"]\n";
    let folder = Folder::new(&world, callers);
    let other = "fedcba9876543210fedcba9876543210";
    std::fs::write(folder.path("other.key"), other).unwrap();
    let flags = helseid_sidecar::ListenFlags { insecure_no_key: false, ..crate::world::open() };
    let closed = run(&world, folder, flags).await;
    assert!(scraped(&closed, OWN).await.starts_with("HTTP/1.1 401"));
    assert!(scraped(&closed, &format!("X-HelseID-Key: {KEY}\r\n")).await.starts_with("HTTP/1.1 403"));
    let text = scraped(&closed, &format!("X-HelseID-Key: {other}\r\n")).await;
    assert!(text.starts_with("HTTP/1.1 200") && !text.contains(KEY) && !text.contains(other), "{text}");
}

#[tokio::test]
async fn the_openapi_document_is_given_to_whoever_may_have_it() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let open = sidecar(&world, "").await;
    let asked = async |sidecar: &Running, lines: &str| {
        let host = sidecar.address.unwrap();
        sidecar.raw(&format!("GET /openapi.json HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")).await
    };
    let given = asked(&open, OWN).await;
    assert_eq!((given.status, given.header("content-type")), (200, Some("application/json")));
    assert_eq!(given.text("openapi"), "3.1.0");
    assert_eq!(asked(&open, "").await.status, 401);
    assert_eq!(asked(&open, &format!("{OWN}Origin: http://localhost\r\n")).await.status, 403);
    let caller = |endpoint| {
        format!("[sidecar.caller.a]\nshared_key_file = \"shared.key\"\nendpoints = [\"{endpoint}\"]")
    };
    for (endpoint, status) in [("openapi", 200), ("metrics", 403)] {
        let folder = Folder::new(&world, &caller(endpoint));
        let flags = helseid_sidecar::ListenFlags { insecure_no_key: false, ..crate::world::open() };
        let sidecar = run(&world, folder, flags).await;
        assert_eq!(asked(&sidecar, &format!("X-HelseID-Key: {KEY}\r\n")).await.status, status, "{endpoint}");
        assert_eq!(asked(&sidecar, OWN).await.status, 401);
    }
}

/// One round of requests with whatever strangers choose.
async fn strange(sidecar: &Running, word: &str) {
    let host = sidecar.address.unwrap();
    for target in [
        format!("/call/sample/{word}?q={word}"),
        format!("/call/{word}/a"),
        format!("/api/v1/validate/{word}"),
        format!("/oauth2/token/{word}"),
        format!("/{word}"),
    ] {
        let request = format!("M{word} {target} HTTP/1.1\r\nHost: {host}\r\n{OWN}X-{word}: {word}\r\n\r\n");
        assert!(sidecar.raw(&request).await.status >= 400, "{target}");
    }
    let body = json!({ "identity_provider": word, "target": word, "user_token": word, "token": word, "account": word });
    for path in ["/api/v1/token", "/api/v1/token/exchange", "/api/v1/introspect", "/api/v1/headers"] {
        sidecar.post(path, &body).await;
    }
}

#[tokio::test]
async fn nothing_that_a_caller_sends_is_a_label() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = run(&world, Folder::new(&world, ""), open()).await;
    let series = |text: &str| text.lines().filter(|line| line.contains('{')).count();
    // What is kept from the first time on is found from the second on.
    for _ in 0..2 {
        strange(&sidecar, PERSON).await;
    }
    // What is asked here is counted from the second time on.
    scraped(&sidecar, OWN).await;
    let before = scraped(&sidecar, OWN).await;
    for word in ["1", "12057900499", "å%20", "another"] {
        strange(&sidecar, &word.replace('å', "x")).await;
    }
    let after = scraped(&sidecar, OWN).await;
    assert_eq!(series(&before), series(&after), "{before}\n{after}");
    assert!(!after.contains(PERSON) && !after.contains("eyJ"), "{after}");
}
