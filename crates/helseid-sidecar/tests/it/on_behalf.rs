//! Calls of the next API on behalf of whoever called: by `/call` and by headers.

use std::time::Duration;

use helseid_client::Client;
use helseid_sidecar::ListenFlags;
use helseid_testkit::{Proxy, World};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::exchange::{Chain, PATH, asked, chain, chain_in};
use crate::gate::section;
use crate::next_api::NextApi;
use crate::world::{Answer, KEY, Running, exchange, open, run};

/// The claim that names whose token was exchanged first.
const FIRST: &str = "helseid://claims/client/original_client_id";

const VALIDATE: &str = "/api/v1/validate/patients";

/// A chain with its last API, and the sidecar between.
async fn between() -> (Chain, NextApi, Running) {
    let chain = chain().await;
    let next = NextApi::start(&chain.world).await;
    let sidecar = chain.sidecar(&(section("patients", "") + &next.section()), open()).await;
    (chain, next, sidecar)
}

/// An app whose tokens nobody may exchange.
fn foreign(chain: &Chain) -> Client {
    let config = chain.world.config();
    Client::builder(config).clock(chain.world.clock().clone()).build().unwrap()
}

/// The token of an app that called the API of the sidecar.
async fn admitted(sidecar: &Running, app: &Client) -> String {
    let (facts, token) = Chain::request_of(app).await;
    assert_eq!(sidecar.post(VALIDATE, &facts).await.status, 200);
    token
}

/// Calls the next API with these lines of headers.
async fn called(sidecar: &Running, lines: &str) -> Answer {
    let host = sidecar.address.unwrap();
    let request =
        format!("GET /call/next/who HTTP/1.1\r\nHost: {host}\r\nX-HelseID-Sidecar: 1\r\n{lines}\r\n");
    sidecar.raw(&request).await
}

fn of(token: &str) -> String {
    format!("X-HelseID-User-Token: {token}\r\n")
}

/// Sends what the sidecar gave for a request to the next API.
async fn sent(next: &NextApi, given: &Answer) -> Answer {
    let host = next.address.trim_start_matches("http://");
    let header = |name: &str| given.body["headers"][name].as_str().unwrap().to_owned();
    let (token, proof) = (header("Authorization"), header("DPoP"));
    let request =
        format!("GET /who HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nDPoP: {proof}\r\n\r\n");
    exchange(TcpStream::connect(host).await.unwrap(), &request).await
}

fn wanted(next: &NextApi, token: &str) -> Value {
    json!({ "api": "next", "method": "GET", "url": format!("{}/who", next.address), "user_token": token })
}

#[tokio::test]
async fn the_next_api_is_called_on_behalf_of_each_caller_and_two_are_never_mixed() {
    let (chain, next, sidecar) = between().await;
    let tokens = [admitted(&sidecar, &chain.app).await, admitted(&sidecar, &chain.other).await];
    for _ in 0..3 {
        for (token, name) in tokens.iter().zip(["app", "other"]) {
            let answer = called(&sidecar, &of(token)).await;
            assert_eq!((answer.status, answer.text(FIRST)), (200, name), "{answer:?}");
            assert_eq!(answer.body["act"]["client_id"], "api");
            let given = sidecar.post("/api/v1/headers", &wanted(&next, token)).await;
            let answer = sent(&next, &given).await;
            assert_eq!((answer.status, answer.text(FIRST)), (200, name), "{answer:?}");
            let told = json!({ "handle": given.text("handle"), "status": 200, "headers": {} });
            assert_eq!(sidecar.post("/api/v1/answered", &told).await.body, json!({ "again": false }));
        }
    }
    // In its own name, the client has none of them.
    let own = called(&sidecar, "").await;
    assert_eq!((own.status, own.body.get(FIRST), own.body.get("act")), (200, None, None), "{own:?}");
    let seen = next.seen();
    assert_eq!(seen.len(), 13);
    let kept: std::collections::BTreeSet<_> =
        seen.iter().map(|headers| headers["authorization"].to_str().unwrap().to_owned()).collect();
    assert_eq!(kept.len(), 3, "one token for each, and one of its own");
    for headers in seen {
        assert!(!headers.keys().any(|name| name.as_str().starts_with("x-helseid-")), "{headers:?}");
        let all = format!("{headers:?}");
        assert!(tokens.iter().all(|token| !all.contains(token.as_str())), "no caller's own token goes on");
    }
}

#[tokio::test]
async fn at_the_same_moment_each_caller_has_its_own() {
    let (chain, _next, sidecar) = between().await;
    let tokens = [admitted(&sidecar, &chain.app).await, admitted(&sidecar, &chain.other).await];
    let lines = tokens.map(|token| of(&token));
    let answers = futures_util::future::join_all((0..40).map(|at| called(&sidecar, &lines[at % 2]))).await;
    for (answer, name) in answers.iter().zip(["app", "other"].into_iter().cycle()) {
        assert_eq!((answer.status, answer.text(FIRST)), (200, name), "{answer:?}");
    }
}

#[tokio::test]
async fn a_token_alone_is_no_call_on_behalf_of_anybody() {
    let (chain, next, sidecar) = between().await;
    let (facts, token) = chain.request().await;
    for stolen in [token.as_str(), "", "no token"] {
        for answer in [
            called(&sidecar, &of(stolen)).await,
            sidecar.post("/api/v1/headers", &wanted(&next, stolen)).await,
        ] {
            assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{answer:?}");
            assert!(stolen.is_empty() || !answer.text("error_description").contains(stolen), "{answer:?}");
        }
    }
    assert_eq!(sidecar.post(VALIDATE, &facts).await.status, 200);
    let twice = called(&sidecar, &of(&token).repeat(2)).await;
    assert_eq!((twice.status, twice.error()), (400, "invalid_request"), "{twice:?}");
    assert_eq!(called(&sidecar, &of(&token)).await.status, 200);
    chain.world.clock().forward(Duration::from_secs(600));
    let expired = called(&sidecar, &of(&token)).await;
    assert_eq!(expired.status, 400);
    assert!(expired.text("error_description").contains("has expired"), "{expired:?}");
    assert_eq!(next.seen().len(), 1);
}

#[tokio::test]
async fn a_misspelled_header_or_an_empty_member_is_no_call_in_the_clients_own_name() {
    let (chain, next, sidecar) = between().await;
    let token = admitted(&sidecar, &chain.app).await;
    for name in [
        "X-HelseID-UserToken",
        "X-HelseID-User-Tokn",
        "X_HelseID_User_Token",
        "x.helseid.user-token",
        "X-HelseID-User_Token",
        "X-HelseID-Pid",
    ] {
        let answer = called(&sidecar, &format!("{name}: {token}\r\n")).await;
        assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{name} {answer:?}");
        let why = answer.text("error_description");
        assert!(why.contains("x-helseid-user-token") && !why.contains(&token), "{why}");
    }
    let mut without = wanted(&next, &token);
    without["user_token"] = Value::Null;
    let answer = sidecar.post("/api/v1/headers", &without).await;
    assert_eq!((answer.status, answer.error()), (400, "invalid_request"), "{answer:?}");
    without.as_object_mut().unwrap().remove("user_token");
    assert_eq!(sidecar.post("/api/v1/headers", &without).await.status, 200);
    assert!(next.seen().is_empty());
}

#[tokio::test]
async fn an_api_that_is_called_on_behalf_of_others_alone_is_not_called_otherwise() {
    let chain = chain().await;
    let next = NextApi::start(&chain.world).await;
    let sections = section("patients", "") + &next.section() + "on_behalf = \"required\"\n";
    let sidecar = chain.sidecar(&sections, open()).await;
    let token = admitted(&sidecar, &chain.app).await;
    let mut own = wanted(&next, &token);
    own.as_object_mut().unwrap().remove("user_token");
    for answer in [called(&sidecar, "").await, sidecar.post("/api/v1/headers", &own).await] {
        assert_eq!((answer.status, answer.error()), (403, "access_denied"), "{answer:?}");
        assert!(answer.text("error_description").contains("on_behalf of [api.next]"), "{answer:?}");
    }
    assert_eq!(called(&sidecar, &of(&token)).await.status, 200);
    assert_eq!(next.seen().len(), 1);
}

/// One outsider whose token nobody exchanges spends nothing of what all others may request.
#[tokio::test]
async fn what_the_authority_does_not_exchange_it_is_asked_for_once() {
    let proxy = Proxy::new().unwrap();
    let chain = chain_in(World::start_behind(&proxy).await.unwrap()).await;
    let next = NextApi::start(&chain.world).await;
    let sidecar = chain.sidecar(&(section("patients", "") + &next.section()), open()).await;
    let outsider = admitted(&sidecar, &foreign(&chain)).await;
    let token = admitted(&sidecar, &chain.app).await;
    assert_eq!(called(&sidecar, &of(&outsider)).await.status, 400);
    let before = proxy.requests();
    for _ in 0..700 {
        assert_eq!(called(&sidecar, &of(&outsider)).await.status, 400);
    }
    assert_eq!(proxy.requests(), before);
    let mut new = asked(&outsider);
    assert_eq!(sidecar.post(PATH, &new).await.status, 400);
    new["skip_cache"] = true.into();
    let before = proxy.requests();
    for _ in 0..70 {
        assert_eq!(sidecar.post(PATH, &new).await.status, 400);
    }
    assert_eq!(proxy.requests(), before);
    assert_eq!(called(&sidecar, &of(&token)).await.status, 200);
    assert_eq!(called(&sidecar, "").await.status, 200);
    assert_eq!(sidecar.post(PATH, &asked(&token)).await.status, 200);
    // It may be right later.
    chain.world.clock().forward(Duration::from_secs(30));
    let before = proxy.requests();
    assert_eq!(called(&sidecar, &of(&outsider)).await.status, 400);
    assert!(proxy.requests() > before);
}

#[tokio::test]
async fn who_may_not_exchange_tokens_calls_in_its_own_name_alone() {
    let chain = chain().await;
    let next = NextApi::start(&chain.world).await;
    let caller = |name: &str, file: &str, more: &str| {
        format!("[sidecar.caller.{name}]\nshared_key_file = \"{file}\"\n{more}\n")
    };
    let sections = section("patients", "")
        + &section("lab", "")
        + &next.section()
        + &caller("patients", "shared.key", "protects = [\"patients\"]")
        + &caller("lab", "lab.key", "protects = [\"lab\"]")
        + &caller("own", "own.key", "endpoints = [\"call\", \"headers\", \"validate\"]");
    let folder = chain.folder(&sections);
    let [lab, own] = ["fedcba9876543210fedcba9876543210", "ffffffffffffffffffffffffffffffff"];
    std::fs::write(folder.path("lab.key"), lab).unwrap();
    std::fs::write(folder.path("own.key"), own).unwrap();
    let sidecar = run(&chain.world, folder, ListenFlags { insecure_no_key: false, ..open() }).await;
    let (facts, token) = chain.request().await;
    let key = |key: &str| format!("X-HelseID-Key: {key}\r\n");
    let lines = key(KEY) + "Content-Type: application/json\r\n";
    assert_eq!(sidecar.post_with(&lines, VALIDATE, &facts.to_string()).await.status, 200);
    for (who, behalf, alone) in [(KEY, 200, 200), (lab, 400, 200), (own, 403, 200)] {
        assert_eq!(called(&sidecar, &(key(who) + &of(&token))).await.status, behalf, "{who}");
        assert_eq!(called(&sidecar, &key(who)).await.status, alone, "{who}");
        let lines = key(who) + "Content-Type: application/json\r\n";
        let body = wanted(&next, &token).to_string();
        assert_eq!(sidecar.post_with(&lines, "/api/v1/headers", &body).await.status, behalf, "{who}");
    }
}

#[tokio::test]
async fn an_exchange_that_the_authority_refuses_is_told_in_its_words() {
    let (chain, next, sidecar) = between().await;
    let token = admitted(&sidecar, &foreign(&chain)).await;
    let refused = sidecar.post(PATH, &asked(&token)).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let answer = called(&sidecar, &of(&token)).await;
    assert_eq!((answer.status, answer.error()), (400, refused.error()), "{answer:?}");
    assert!(next.seen().is_empty());
}
