//! What a proxy is told that asks whether a request may pass.

use helseid_client::{CallHeaders, Client};
use helseid_protocol::jose::base64url;
use helseid_protocol::rule::Profile;
use helseid_testkit::{AUDIENCE, SCOPE, World};
use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Running, sidecar};

const URL: &str = "https://api.example/v1/patients";

/// A section for an API at `https://api.example/v1`.
pub(crate) fn section(name: &str, more: &str) -> String {
    format!(
        "[protect.{name}]\npublic_url = \"https://api.example/v1\"\naudience = \"{AUDIENCE}\"\nscopes = [\"{SCOPE}\"]\n{more}\n"
    )
}

pub(crate) const NGINX: &str = "proxy = \"nginx\"\npeers = [\"127.0.0.1\"]";

pub(crate) async fn proof(client: &Client, method: Method, url: &str) -> CallHeaders {
    client.attempts(method, url).unwrap().headers().await.unwrap()
}

/// What a caller sends besides the line of its request.
pub(crate) fn lines(headers: &CallHeaders) -> String {
    let (authorization, dpop) =
        (headers.authorization().to_str().unwrap(), headers.dpop().unwrap().to_str().unwrap());
    format!("Authorization: {authorization}\r\nDPoP: {dpop}\r\n")
}

/// Asks as nginx does with the shipped file.
async fn ask(sidecar: &Running, name: &str, method: &str, uri: &str, lines: &str) -> Answer {
    let host = sidecar.address.unwrap();
    let original = format!("X-Original-Method: {method}\r\nX-Original-URI: {uri}\r\n");
    sidecar.raw(&format!("GET /forward-auth/{name} HTTP/1.1\r\nHost: {host}\r\n{original}{lines}\r\n")).await
}

#[tokio::test]
async fn a_caller_is_admitted_once_and_told_of_in_a_fixed_list_of_headers() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", NGINX)).await;
    let client = world.client().unwrap();
    // A browser's requests come through a proxy, too.
    let lines = lines(&proof(&client, Method::GET, URL).await)
        + "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n";
    let admitted = ask(&sidecar, "patients", "GET", "/v1/patients?q=1", &lines).await;
    assert_eq!(admitted.status, 200, "{admitted:?}");
    let header = |name: &str| admitted.header(name).unwrap_or_else(|| panic!("no {name}: {admitted:?}"));
    assert_eq!(header("x-helseid-client-id"), world.client_id.as_str());
    assert_eq!(header("x-helseid-scope"), SCOPE);
    assert_eq!(header("x-helseid-token-type"), "DPoP");
    assert_eq!(header("cache-control"), "no-store");
    assert!(header("x-helseid-expires").parse::<i64>().unwrap() > 1_700_000_000);
    for absent in ["x-helseid-pid", "x-helseid-hpr-number", "x-helseid-security-level", "x-helseid-subject"] {
        assert!(admitted.head.to_ascii_lowercase().contains(&format!("{absent}:")), "{absent}: {admitted:?}");
    }
    for stays in ["authorization", "dpop"] {
        assert!(admitted.head.contains(&format!("\r\n{stays}: \r\n")), "{stays} is emptied: {admitted:?}");
    }
    let claims = base64url::decode(header("x-helseid-claims")).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["client_id"], world.client_id.as_str());

    let again = ask(&sidecar, "patients", "GET", "/v1/patients?q=1", &lines).await;
    assert_eq!((again.status, again.header("x-helseid-rule")), (401, Some("dpop.jti_once")));
    assert!(again.header("www-authenticate").unwrap().starts_with("DPoP "), "{again:?}");
    assert!(again.header("x-helseid-claims").is_none());
}

#[tokio::test]
async fn of_fifty_copies_at_once_one_passes() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", NGINX)).await;
    let lines = lines(&proof(&world.client().unwrap(), Method::GET, URL).await);
    let asked = (0..50).map(|_| ask(&sidecar, "patients", "GET", "/v1/patients", &lines));
    let answers = futures_util::future::join_all(asked).await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn each_broken_request_is_refused_as_a_proxy_can_hand_on() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", NGINX)).await;
    let client = world.client().unwrap();
    let none = ask(&sidecar, "patients", "GET", "/v1/patients", "").await;
    assert_eq!((none.status, none.header("x-helseid-rule")), (401, Some("no_credentials")));
    for (method, uri, rule) in [("POST", "/v1/patients", "dpop.htm"), ("GET", "/v1/other", "dpop.htu")] {
        let lines = lines(&proof(&client, Method::GET, URL).await);
        let answer = ask(&sidecar, "patients", method, uri, &lines).await;
        assert_eq!((answer.status, answer.header("x-helseid-rule")), (401, Some(rule)), "{answer:?}");
    }
    // What the API would be told as 400 is 401 to a proxy, with the challenge.
    let headers = proof(&client, Method::GET, URL).await;
    let bearer = lines(&headers).replace("DPoP ey", "Bearer ey");
    let doubled = lines(&headers) + &lines(&headers);
    for lines in [bearer, doubled] {
        let answer = ask(&sidecar, "patients", "GET", "/v1/patients", &lines).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_token_that_one_api_admits_is_none_for_another() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let other = section("other", NGINX).replace("/v1", "/v2").replace(AUDIENCE, "nhn:other");
    let sidecar = sidecar(&world, &(section("patients", NGINX) + &other)).await;
    // The client keeps its token: each proof is a new one of the same.
    let client = world.client().unwrap();
    let mut tokens = Vec::new();
    for (gate, path, status, rule) in [
        ("patients", "/v1/patients", 200, None),
        ("other", "/v2/patients", 401, Some("token.aud")),
        ("patients", "/v1/patients", 200, None),
    ] {
        let headers = proof(&client, Method::GET, &format!("https://api.example{path}")).await;
        let answer = ask(&sidecar, gate, "GET", path, &lines(&headers)).await;
        assert_eq!((answer.status, answer.header("x-helseid-rule")), (status, rule), "{gate} {answer:?}");
        // As facts of a request, too.
        let headers = proof(&client, Method::GET, &format!("https://api.example{path}")).await;
        let text = |value: &http::HeaderValue| Value::from(value.to_str().unwrap());
        let (token, dpop) = (text(headers.authorization()), text(headers.dpop().unwrap()));
        let facts = json!({ "method": "GET", "path": path, "authorization": token, "dpop": dpop });
        let answer = sidecar.post(&format!("/api/v1/validate/{gate}"), &facts).await;
        assert_eq!((answer.status, answer.body["rule"].as_str()), (status, rule), "{gate} {answer:?}");
        tokens.push(token);
    }
    assert!(tokens.iter().all(|token| *token == tokens[0]), "one token");
}

#[tokio::test]
async fn a_path_that_can_be_read_in_two_ways_is_refused() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", NGINX)).await;
    let client = world.client().unwrap();
    for uri in [
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "/v1/..%2fadmin",
        "/v1/%252e%252e/admin",
        "/v1/..;/admin",
        "/v1/..%3b/admin",
        "/v1/x#/../../admin",
        "/v1/x#",
        "/v1//patients",
        "/v1/a\\b",
        "/v1/a%5cb",
        "/v1/a%00",
        "/v1/%70atients",
        "/admin",
        "/v1x",
        "patients",
        "http://evil.example/v1/patients",
        "@evil.example/v1/patients",
    ] {
        let lines = lines(&proof(&client, Method::GET, URL).await);
        let answer = ask(&sidecar, "patients", "GET", uri, &lines).await;
        assert_eq!(
            (answer.status, answer.header("x-helseid-rule")),
            (403, Some("address")),
            "{uri} {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_method_of_any_length_is_refused_without_a_look_at_the_proof() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", NGINX)).await;
    let client = world.client().unwrap();
    for (length, status) in [(32, 200), (33, 403)] {
        let method = "M".repeat(length);
        let headers = proof(&client, Method::from_bytes(method.as_bytes()).unwrap(), URL).await;
        let lines = lines(&headers);
        let answer = ask(&sidecar, "patients", &method, "/v1/patients", &lines).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if status == 403 {
            assert_eq!(answer.header("x-helseid-rule"), Some("method"));
            let facts = json!({ "method": method, "path": "/v1/patients" });
            let answer = sidecar.post("/api/v1/validate/patients", &facts).await;
            assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_set_up_is_answered_500() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let elsewhere = section("elsewhere", "proxy = \"nginx\"\npeers = [\"::1\", \"socket\"]");
    let sections = section("patients", NGINX) + &section("validated", "") + &elsewhere;
    let sidecar = sidecar(&world, &sections).await;
    let client = world.client().unwrap();
    let lines = lines(&proof(&client, Method::GET, URL).await);
    let host = sidecar.address.unwrap();
    let forwarded = "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /v1/patients\r\n";
    let original = "X-Original-Method: GET\r\nX-Original-URI: /v1/patients\r\n";
    for (path, extra) in [
        ("/forward-auth/patients", ""),
        ("/forward-auth/patients", forwarded),
        ("/forward-auth/patients/v1/patients", original),
        ("/forward-auth/patients", &format!("{original}X-Original-URI: /v1/admin\r\n")),
        ("/forward-auth/nobody", original),
        ("/forward-auth/validated", original),
        ("/forward-auth/elsewhere", original),
        // Of two gates none is meant.
        ("/forward-auth", original),
    ] {
        let answer = sidecar.raw(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{extra}{lines}\r\n")).await;
        assert_eq!((answer.status, answer.error()), (500, "misconfigured"), "{path} {extra} {answer:?}");
    }
    // None of this used the proof up.
    assert_eq!(ask(&sidecar, "patients", "GET", "/v1/patients", &lines).await.status, 200);
}

#[tokio::test]
async fn a_body_is_refused_and_what_follows_it_is_no_request() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, &section("patients", NGINX)).await;
    let lines = lines(&proof(&world.client().unwrap(), Method::GET, URL).await);
    let host = sidecar.address.unwrap();
    let smuggled = format!("GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let original = "X-Original-Method: GET\r\nX-Original-URI: /v1/patients\r\n";
    for framing in
        [format!("Content-Length: {}\r\n", smuggled.len()), "Transfer-Encoding: chunked\r\n".to_owned()]
    {
        let head =
            format!("POST /forward-auth/patients HTTP/1.1\r\nHost: {host}\r\n{framing}{original}{lines}\r\n");
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let answer = crate::world::exchange(&mut stream, &format!("{head}{smuggled}")).await;
        assert_eq!((answer.status, answer.header("connection")), (400, Some("close")), "{answer:?}");
        let mut rest = Vec::new();
        // The other side may have reset the connection, with what it had not read.
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
        assert_eq!(String::from_utf8_lossy(&rest), "", "nothing else is answered");
    }
}

#[tokio::test]
async fn the_document_of_an_api_is_given_to_its_proxy_and_named_where_a_shipped_file_serves_it() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let second = section("second", NGINX).replace("/v1", "/v2");
    let foreign = section("foreign", NGINX).replace("api.example/v1", "other.example/v3");
    let envoy = section("envoy", "proxy = \"envoy\"\npeers = [\"127.0.0.1\"]").replace("/v1", "/v4");
    let sections = section("patients", NGINX) + &second + &foreign + &envoy + &section("asked", "");
    let sidecar = sidecar(&world, &sections).await;
    let host = sidecar.address.unwrap();
    let document = async |gate: &str, path: &str| {
        let uri = format!("X-Original-URI: /.well-known/oauth-protected-resource{path}\r\n");
        sidecar.raw(&format!("GET /resource-metadata/{gate} HTTP/1.1\r\nHost: {host}\r\n{uri}\r\n")).await
    };
    let own = document("patients", "/v1?q=1").await;
    assert_eq!((own.status, own.text("resource")), (200, "https://api.example/v1"), "{own:?}");
    assert_eq!(own.body["scopes_supported"], json!([SCOPE]));
    assert_eq!(document("patients", "/v2").await.text("resource"), "https://api.example/v2");
    for (gate, path, status) in [
        ("patients", "", 404),
        ("patients", "/v3", 404),
        ("patients", "/v4", 404),
        ("asked", "/v1", 500),
        ("nobody", "/v1", 500),
    ] {
        assert_eq!(document(gate, path).await.status, status, "{gate} {path}");
    }
    let none = ask(&sidecar, "patients", "GET", "/v1/patients", "").await;
    let named = "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource/v1\"";
    assert!(none.header("www-authenticate").unwrap().contains(named), "{none:?}");
    let facts = json!({ "method": "GET", "path": "/v1/patients" });
    let asked = sidecar.post("/api/v1/validate/asked", &facts).await;
    assert!(!asked.text_of_challenge().contains("resource_metadata"), "nobody serves it: {asked:?}");
    let envoy = sidecar.raw(&format!("GET /forward-auth/envoy/v4/a HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
    assert_eq!(envoy.status, 401);
    assert!(!envoy.text_of_challenge().contains("resource_metadata"), "{envoy:?}");
}
