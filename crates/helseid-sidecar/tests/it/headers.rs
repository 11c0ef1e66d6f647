//! Headers for requests that programs send themselves, and what they tell of the answers.

use helseid_protocol::rule::Profile;
use helseid_testkit::World;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::world::{Answer, Running, exchange, sidecar};

fn wanted(url: &str) -> Value {
    json!({ "api": "sample", "method": "GET", "url": url })
}

/// Calls the API with what the sidecar gave.
async fn call(world: &World, given: &Answer) -> Answer {
    let url = world.url();
    let host = url.trim_start_matches("http://").trim_end_matches("/whoami");
    let header = |name: &str| given.body["headers"][name].as_str().unwrap().to_owned();
    let request = format!(
        "GET /whoami HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\nDPoP: {}\r\n\r\n",
        header("Authorization"),
        header("DPoP")
    );
    exchange(TcpStream::connect(host).await.unwrap(), &request).await
}

async fn tell(sidecar: &Running, given: &Answer, answer: &Answer) -> Answer {
    let mut headers = json!({ "Content-Type": "application/json" });
    for name in ["DPoP-Nonce", "WWW-Authenticate"] {
        if let Some(value) = answer.header(name) {
            headers[name] = value.into();
        }
    }
    let told = json!({ "handle": given.text("handle"), "status": answer.status, "headers": headers });
    sidecar.post("/api/v1/answered", &told).await
}

#[tokio::test]
async fn an_api_takes_the_headers_once() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let given = sidecar.post("/api/v1/headers", &wanted(&format!("{}?q=1", world.url()))).await;
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(given.header("cache-control"), Some("no-store"));
    let answer = call(&world, &given).await;
    assert_eq!((answer.status, answer.text("client_id")), (200, world.client_id.as_str()));
    assert_eq!(call(&world, &given).await.status, 401, "a proof is good once");
    let learnt = tell(&sidecar, &given, &answer).await;
    assert_eq!((learnt.status, &learnt.body), (200, &json!({ "again": false })));
}

#[tokio::test]
async fn a_nonce_is_learnt_and_answered_and_known_the_next_time() {
    let world = World::start_with(Profile::Helseid, |protection| protection.nonces([7; 32])).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let given = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    let refused = call(&world, &given).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let again = tell(&sidecar, &given, &refused).await;
    assert_eq!((again.status, again.text("because")), (200, "use_dpop_nonce"), "{again:?}");
    assert_eq!(call(&world, &again).await.status, 200);
    let next = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    assert_eq!(call(&world, &next).await.status, 200, "the first attempt has the nonce");
    // An API that asks for a nonce right after it had issued one: not for ever.
    let loops = tell(&sidecar, &again, &refused).await;
    assert_eq!((loops.status, loops.error()), (502, "server_error"), "{loops:?}");
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_not_again_for_a_while() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let token = |given: &Answer| given.body["headers"]["Authorization"].as_str().unwrap().to_owned();
    let refused = Answer {
        status: 401,
        head: "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: DPoP error=\"invalid_token\"".to_owned(),
        body: Value::Null,
    };
    let given = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    let again = tell(&sidecar, &given, &refused).await;
    assert_eq!(again.text("because"), "invalid_token", "{again:?}");
    assert_ne!(token(&given), token(&again));
    let other = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    assert_eq!(tell(&sidecar, &other, &refused).await.body, json!({ "again": false }));
    let next = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    assert_eq!(
        token(&next),
        token(&again),
        "whoever tells of refusals does not choose when tokens are requested"
    );
    world.clock().forward(std::time::Duration::from_secs(31));
    let later = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    assert_eq!(tell(&sidecar, &later, &refused).await.text("because"), "invalid_token");
}

#[tokio::test]
async fn a_handle_is_good_once_and_for_two_minutes() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let told = |handle: &str| json!({ "handle": handle, "status": 200, "headers": {} });
    let given = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    let handle = given.text("handle");
    assert_eq!(sidecar.post("/api/v1/answered", &told(handle)).await.status, 200);
    let late = sidecar.post("/api/v1/headers", &wanted(&world.url())).await;
    world.clock().forward(std::time::Duration::from_secs(121));
    for wrong in [handle, late.text("handle"), "", "AAAAAAAAAAAAAAAAAAAAAA"] {
        let answer = sidecar.post("/api/v1/answered", &told(wrong)).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{answer:?}");
    }
    for wrong in
        [json!({ "handle": "a" }), json!({ "handle": "a", "status": 99_999, "headers": {} }), json!([])]
    {
        assert_eq!(sidecar.post("/api/v1/answered", &wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn nothing_is_signed_for_an_address_outside_the_api() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let base = world.url().replace("/whoami", "");
    for url in [
        "https://evil.example/whoami".to_owned(),
        base.replace("127.0.0.1", "127.0.0.2") + "/whoami",
        base.replace("http://", "http://evil@") + "/whoami",
        format!("{base}/a/../whoami"),
        format!("{base}/%2e%2e/whoami"),
        format!("{base}/a%2fwhoami"),
        format!("{base}//evil.example/whoami"),
        format!("{base}/a\\b"),
        "/whoami".to_owned(),
        String::new(),
    ] {
        let answer = sidecar.post("/api/v1/headers", &wanted(&url)).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{url} {answer:?}");
        assert!(!answer.text("error_description").contains("evil"), "{answer:?}");
    }
}

#[tokio::test]
async fn each_wrong_request_is_told_what_is_wrong() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let sidecar = sidecar(&world, "").await;
    let url = world.url();
    let of = |organisation: Value| json!({ "api": "sample", "method": "GET", "url": url, "organisation": organisation });
    for (wrong, status, named) in [
        (json!({ "api": "other", "method": "GET", "url": url }), 400, "API"),
        (json!({ "api": "sample", "method": "G T", "url": url }), 400, "method"),
        (json!({ "api": "sample", "method": "M".repeat(33), "url": url }), 400, "method"),
        (json!({ "api": "sample", "method": "GET" }), 400, "url"),
        (json!({ "api": "sample", "method": "GET", "url": url, "orgnr": "1" }), 400, "orgnr"),
        (of(json!({ "child": "12345678" })), 400, "organisation"),
        (of(json!({})), 400, "organisation"),
        (of(json!({ "child": "883974832" })), 403, "organisations of [api.sample]"),
    ] {
        let answer = sidecar.post("/api/v1/headers", &wrong).await;
        assert_eq!(answer.status, status, "{wrong} {answer:?}");
        assert!(answer.text("error_description").contains(named), "{wrong} {answer:?}");
    }
    let form = "Content-Type: application/x-www-form-urlencoded\r\nX-HelseID-Sidecar: 1\r\n";
    assert_eq!(sidecar.post_with(form, "/api/v1/headers", "api=sample").await.status, 400, "JSON alone");
}
