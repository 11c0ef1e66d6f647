//! Who may ask over TCP.

use helseid_protocol::rule::Profile;
use helseid_sidecar::ListenFlags;
use helseid_testkit::{SCOPE, World};
use serde_json::json;

use crate::world::{Folder, KEY, Running, open, run, sidecar};

const JSON: &str = "Content-Type: application/json\r\n";

fn keyed(folder: &Folder) -> ListenFlags {
    ListenFlags { insecure_no_key: false, shared_key_file: Some(folder.path("shared.key")), ..open() }
}

async fn token(sidecar: &Running, lines: &str) -> u16 {
    let body = json!({ "identity_provider": "helseid", "target": SCOPE }).to_string();
    sidecar.post_with(&format!("{JSON}{lines}"), "/api/v1/token", &body).await.status
}

#[tokio::test]
async fn the_shared_key_lets_in_and_nothing_else_does() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = Folder::new(&world, "");
    let flags = keyed(&folder);
    let sidecar = run(&world, folder, flags).await;
    assert_eq!(token(&sidecar, &format!("X-HelseID-Key: {KEY}\r\n")).await, 200);
    for lines in [
        String::new(),
        "X-HelseID-Sidecar: 1\r\n".to_owned(),
        format!("X-HelseID-Key: {}\r\n", KEY.to_uppercase()),
        format!("X-HelseID-Key: {KEY}0\r\n"),
        "X-HelseID-Key: \r\n".to_owned(),
        format!("X-HelseID-Key: {KEY}\r\nX-HelseID-Key: {KEY}\r\n"),
        format!("Authorization: Bearer {KEY}\r\n"),
    ] {
        assert_eq!(token(&sidecar, &lines).await, 401, "{lines}");
    }
    for path in ["/api/v1/headers", "/api/v1/answered"] {
        assert_eq!(sidecar.post(path, &json!({})).await.status, 401, "{path}");
    }
    assert_eq!(sidecar.get("/health").await.status, 200);
}

#[tokio::test]
async fn web_pages_and_names_that_lead_here_are_refused() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    assert_eq!(token(&sidecar, "").await, 200);
    for lines in ["Origin: http://localhost:8481\r\n", "Origin: null\r\n", "Sec-Fetch-Site: same-origin\r\n"]
    {
        assert_eq!(token(&sidecar, lines).await, 403, "{lines}");
    }
    // A form of a page cannot set a header of its own.
    assert_eq!(sidecar.post_with(JSON, "/api/v1/headers", "{}").await.status, 401);
    let own = sidecar.address.unwrap();
    for (target, hosts) in [
        ("/health", "Host: evil.example\r\n".to_owned()),
        ("/health", format!("Host: evil.example:{}\r\n", own.port())),
        ("/health", "Host: 127.0.0.1\r\n".to_owned()),
        ("/health", String::new()),
        ("http://evil.example/health", format!("Host: {own}\r\n")),
        ("http://evil.example/health", "Host: evil.example\r\n".to_owned()),
    ] {
        let answer = sidecar.raw(&format!("GET {target} HTTP/1.1\r\n{hosts}\r\n")).await;
        assert!(matches!(answer.status, 400 | 421), "{target} {hosts} {answer:?}");
    }
    let asked = json!({ "identity_provider": "helseid", "target": SCOPE }).to_string();
    let (length, lines) = (asked.len(), "X-HelseID-Sidecar: 1\r\nContent-Type: application/json\r\n");
    let asked = format!("Content-Length: {length}\r\n{lines}\r\n{asked}");
    let answer = sidecar.raw(&format!("POST /api/v1/token HTTP/1.1\r\nHost: evil.example\r\n{asked}")).await;
    assert_eq!((answer.status, answer.error()), (421, "misdirected_request"), "{answer:?}");
    let named = format!("GET /health HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", own.port());
    assert_eq!(sidecar.raw(&named).await.status, 200);
    assert_eq!(sidecar.raw(&named.replace("/health", &format!("http://{own}/health"))).await.status, 200);
}

#[tokio::test]
async fn a_caller_with_a_name_has_the_rights_of_its_section() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sections = "[sidecar.caller.tokens]\nshared_key_file = \"shared.key\"\nendpoints = [\"token\"]\n\
                    [sidecar.caller.web]\nshared_key_file = \"web.key\"\naccounts = []\n\
                    [sidecar.caller.app]\nshared_key_file = \"app.key\"\napis = []\n";
    let folder = Folder::new(&world, sections);
    let web = "ffffffffffffffffffffffffffffffff";
    let app = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    std::fs::write(folder.path("web.key"), web).unwrap();
    std::fs::write(folder.path("app.key"), app).unwrap();
    let sidecar = run(&world, folder, ListenFlags { insecure_no_key: false, ..open() }).await;
    let tokens = format!("X-HelseID-Key: {KEY}\r\n");
    let web = format!("X-HelseID-Key: {web}\r\n");
    let app = format!("X-HelseID-Key: {app}\r\n");
    assert_eq!(
        [token(&sidecar, &tokens).await, token(&sidecar, &web).await, token(&sidecar, "").await],
        [200, 400, 401]
    );
    let wanted = json!({ "api": "sample", "method": "GET", "url": world.url() }).to_string();
    // An API takes the tokens of its account: a caller needs the right to both.
    for (lines, headers, call) in [(&tokens, 403, 403), (&web, 400, 404), (&app, 400, 404)] {
        let answer = sidecar.post_with(&format!("{JSON}{lines}"), "/api/v1/headers", &wanted).await;
        assert_eq!(answer.status, headers, "{answer:?}");
        let answer = sidecar.post_with(lines, "/call/sample/whoami", "").await;
        assert_eq!(answer.status, call, "{answer:?}");
        let said = answer.body.to_string();
        assert!(!said.contains("sample"), "an API that it may not have is not named: {said}");
    }
}

#[tokio::test]
async fn who_names_an_unknown_api_is_told_those_that_it_may_have_and_no_more_than_twenty() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let named = |apis: &str| {
        format!(
            "there is no API of this name for you; you may call {apis}; for another, add a section [api.NAME], or allow it to this caller"
        )
    };
    let many: String =
        (10..31).map(|at| format!("[api.a{at}]\nurl = \"https://api.example/{at}\"\n")).collect();
    let twenty: Vec<_> = (10..30).map(|at| format!("a{at}")).collect();
    let caller = "[sidecar.caller.app]\nshared_key_file = \"shared.key\"\napis = [\"a30\", \"sample\"]\n";
    let key = format!("X-HelseID-Key: {KEY}\r\n");
    let wanted = json!({ "api": "x", "method": "GET", "url": "https://api.example/" }).to_string();
    for (caller, insecure_no_key, lines, expected) in [
        ("", true, "X-HelseID-Sidecar: 1\r\n", named(&format!("{}, …", twenty.join(", ")))),
        (caller, false, &*key, named("a30, sample")),
    ] {
        let folder = Folder::new(&world, &format!("{caller}{many}"));
        let sidecar = run(&world, folder, ListenFlags { insecure_no_key, ..open() }).await;
        for (path, types, sent, status) in
            [("/call/x/y", "", "", 404), ("/api/v1/headers", JSON, &*wanted, 400)]
        {
            let answer = sidecar.post_with(&format!("{types}{lines}"), path, sent).await;
            assert_eq!(answer.status, status, "{answer:?}");
            assert_eq!(answer.body["error_description"], expected.as_str());
        }
    }
}

#[tokio::test]
async fn heads_are_bounded() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let host = sidecar.address.unwrap();
    let head =
        |lines| format!("GET /health HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X-Many: a\r\n".repeat(lines));
    assert_eq!(sidecar.raw(&head(99)).await.status, 200);
    assert_eq!(sidecar.raw(&head(101)).await.status, 431);
}
