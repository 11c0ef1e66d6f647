//! Token requests with one thing wrong, each opened in the trace.

use helseid_protocol::forge::Jwt;
use serde_json::{Value, json};

use super::Walk;
use crate::desk::{Desk, READ, Sent, new_key};

/// Breaks the assertion.
type BreakAssertion = fn(Jwt, i64) -> Jwt;

const ASSERTIONS: &[BreakAssertion] = &[
    |jwt, _| jwt.header("typ", "JWT"),
    |jwt, _| jwt.without_header("typ"),
    |jwt, _| jwt.header("typ", 5),
    |jwt, _| jwt.header("crit", json!(["x"])),
    |jwt, _| jwt.header("alg", "HS256"),
    |jwt, _| jwt.header("kid", "ukjent"),
    |jwt, _| jwt.without_header("kid").header("alg", "RS256"),
    |jwt, _| jwt.claim("aud", "https://another.example"),
    |jwt, _| jwt.claim("aud", json!(["https://a.example", "https://b.example"])),
    |jwt, _| jwt.claim("aud", 5),
    |jwt, _| jwt.without_claim("aud"),
    |jwt, now| jwt.claim("exp", now - 100),
    |jwt, now| jwt.claim("exp", now + 1_000),
    |jwt, _| jwt.claim("exp", "snart"),
    |jwt, _| jwt.without_claim("exp"),
    |jwt, now| jwt.claim("nbf", now + 1_000),
    |jwt, now| jwt.claim("iat", now + 1_000),
    |jwt, _| jwt.claim("iat", "nå"),
    |jwt, _| jwt.without_claim("jti"),
    |jwt, _| jwt.claim("jti", ""),
    |jwt, _| jwt.claim("jti", "x".repeat(300)),
    |jwt, _| jwt.claim("iss", ""),
    |jwt, _| jwt.claim("iss", "a\nb"),
    |jwt, _| jwt.claim("iss", "ukjent").claim("sub", "ukjent"),
    |jwt, _| jwt.claim("sub", "ukjent"),
    |jwt, _| jwt.without_claim("sub"),
    |jwt, _| details(jwt, json!(5)),
    |jwt, _| details(jwt, json!(["x"])),
    |jwt, _| details(jwt, json!([{}])),
    |jwt, _| details(jwt, json!([{ "type": "a" }, { "type": "a" }])),
    |jwt, _| details(jwt, json!(vec![json!({ "type": "a" }); 11])),
    |jwt, _| details(jwt, json!({ "type": "helseid_authorization" })),
    |jwt, _| details(jwt, organisation("urn:oid:1", "123456785")),
    |jwt, _| details(jwt, organisation("urn:oid:2.16.578.1.12.4.1.2.101", "12345")),
    |jwt, _| details(jwt, organisation("urn:oid:2.16.578.1.12.4.1.2.101", "123456785")),
    |jwt, _| details(jwt, organisation("urn:oid:1.0.6523", "123456785")),
    |jwt, _| details(jwt, organisation("urn:oid:1.0.6523", "NO:ORGNR:123456785:")),
    |jwt, _| details(jwt, json!({ "type": "nhn:sfm:journal-id" })),
    |jwt, _| details(jwt, json!({ "type": "nhn:sfm:journal-id", "value": { "journal_id": "x" } })),
    |jwt, _| details(jwt, json!({ "type": "nhn:tillitsrammeverk:parameters" })),
    |jwt, _| details(jwt, json!([])).claim("authorization_details", json!([])),
];

/// Breaks the proof.
const PROOFS: &[BreakAssertion] = &[
    |jwt, _| jwt.header("typ", "JWT"),
    |jwt, _| jwt.without_header("typ"),
    |jwt, _| jwt.header("alg", "none"),
    |jwt, _| jwt.without_header("jwk"),
    |jwt, _| jwt.header("jwk", "x"),
    |jwt, _| jwt.header("jwk", json!({ "kty": "oct", "k": "AA" })),
    |jwt, _| jwt.header("jwk", json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" })),
    |jwt, _| jwt.claim("htm", "GET"),
    |jwt, _| jwt.without_claim("htm"),
    |jwt, _| jwt.claim("htu", "https://another.example/token"),
    |jwt, _| jwt.claim("htu", "adresse"),
    |jwt, _| jwt.claim("htu", "https://a:b@c.example"),
    |jwt, now| jwt.claim("iat", now - 1_000),
    |jwt, now| jwt.claim("iat", now + 1_000),
    |jwt, _| jwt.claim("jti", ""),
    |jwt, _| jwt.without_claim("nonce"),
    |jwt, _| jwt.claim("nonce", "x"),
    |jwt, _| jwt.claim("nonce", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
];

/// Breaks the form, or sends something else altogether.
const REQUESTS: &[fn(&mut Sent)] = &[
    |sent| sent.assertion = "abc".to_owned(),
    |sent| sent.assertion = "a.b.c".to_owned(),
    |sent| sent.assertion = "..".to_owned(),
    |sent| sent.assertion = "!.!.!".to_owned(),
    |sent| sent.assertion = "bm9uc2Vuc2U.bm9uc2Vuc2U.AA".to_owned(),
    |sent| sent.assertion = "eyJhbGciOiJub25lIn0.e30.".to_owned(),
    |sent| sent.assertion = "x".repeat(70_000),
    |sent| sent.proof = None,
    |sent| sent.proof = Some("x".to_owned()),
    |sent| sent.proof = sent.proof.take().map(|proof| format!("{proof},{proof}")),
    |sent| sent.form[0].1 = "password".to_owned(),
    |sent| sent.form[1].1 = "ukjent:api/les".to_owned(),
    |sent| sent.form[1].1 = "a\"b".to_owned(),
    |sent| sent.form.push(("client_id", "en-annen".to_owned())),
    |sent| sent.form.push(("client_secret", "hemmelig".to_owned())),
    |sent| sent.form.push(("grant_type", "client_credentials".to_owned())),
    |sent| sent.form.push(("resource", "ukjent".to_owned())),
    |sent| sent.form.push(("resource", "x".repeat(300))),
    |sent| sent.form.extend([("resource", "a".to_owned()), ("resource", "b".to_owned())]),
    |sent| sent.form.extend(std::iter::repeat_n(("x", String::new()), 200)),
];

fn details(jwt: Jwt, value: Value) -> Jwt {
    jwt.claim("assertion_details", value)
}

fn organisation(system: &str, value: &str) -> Value {
    let identifier = json!({ "system": system, "type": "ENH", "value": value });
    let role = json!({ "organization": { "identifier": identifier } });
    json!({ "type": "helseid_authorization", "practitioner_role": role })
}

/// Sends each of them, and opens it in the trace.
pub(super) async fn walk(desk: &Desk, walk: &mut Walk) {
    let now = desk.now().seconds();
    let nonce = desk.nonce().await;
    let mut refused = Vec::new();
    for broken in ASSERTIONS {
        let assertion = broken(desk.assertion(), now).sign(&desk.key);
        refused.push(Sent { assertion, ..desk.sent_with(READ, &nonce) });
    }
    for broken in PROOFS {
        let proof = desk.proof(&reqwest::Method::POST, "/connect/token", Some(&nonce), None);
        let proof = Some(broken(proof, now).sign(&desk.proof_key));
        refused.push(Sent { proof, ..desk.sent_with(READ, &nonce) });
    }
    for broken in REQUESTS {
        let mut sent = desk.sent_with(READ, &nonce);
        broken(&mut sent);
        refused.push(sent);
    }
    let other = Sent { assertion: desk.assertion().sign(&new_key()), ..desk.sent_with(READ, &nonce) };
    let used = desk.sent_with(READ, &nonce);
    desk.answer(&used).await;
    refused.extend([other, used]);
    for sent in refused {
        let (status, answer) = desk.answer(&sent).await;
        assert!(status.is_client_error(), "{answer} of {:?}", sent.form);
        let (_, newest) = desk.admin(reqwest::Method::GET, "/trace?limit=1", None).await;
        let id = newest["items"][0]["id"].as_str().unwrap();
        walk.open(&format!("/admin/trace/{id}")).await;
    }
}
