//! Every wrong turn, taken for real over HTTP. What comes back is the table in `docs/errors.md`, which this test writes
//! when `HELSEID_WRITE_DOCS` is set, and otherwise holds against what is there.

use std::fmt::Write as _;

use helseid_admin_api::ClientRegistration;
use helseid_client::Client;
use helseid_http::MAX_ANSWER_BYTES;
use helseid_protocol::challenge::Challenge;
use helseid_protocol::dpop::token_hash;
use helseid_protocol::forge::Jwt;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::rule::Rule;
use helseid_testkit::registration;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, Sent, new_key};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");

/// The table, row by row.
struct Table(String);

impl Table {
    fn row(&mut self, what: &str, status: StatusCode, error: &str, description: &str, rule: Rule) {
        let said = description.rsplit_once("(rule ").map(|(_, id)| id.trim_end_matches(')'));
        assert_eq!(said, Some(rule.id()), "{what}: {description}");
        assert!(description.contains(rule.statement()), "{what}: {description}");
        let number = description.split_once(": ").filter(|(number, _)| number.starts_with("HID-"));
        let number = number.map(|(number, _)| format!("{number}: ")).unwrap_or_default();
        let (id, statement, fix) = (rule.id(), rule.statement(), rule.fix());
        let row =
            format!("| {what} | {} `{error}` | `{id}` | {number}{statement} | {fix} |", status.as_u16());
        writeln!(self.0, "{row}").unwrap();
    }

    fn authority(&mut self, what: &str, answer: &Response<Vec<u8>>, rule: Rule) {
        let error: Value = serde_json::from_slice(answer.body()).unwrap();
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.headers().contains_key("dpop-nonce"), rule == Rule::DpopNonce, "{what}");
        self.row(what, answer.status(), &text("error"), &text("error_description"), rule);
    }

    fn api(&mut self, what: &str, answer: &Response<Vec<u8>>, rule: Rule) {
        let header = answer.headers()["www-authenticate"].to_str().unwrap();
        let challenge = Challenge::read(header).unwrap().remove(0);
        let text = |name: &str| challenge.parameter(name).unwrap_or_default().to_owned();
        self.row(what, answer.status(), &text("error"), &text("error_description"), rule);
    }
}

/// An assertion whose claims hold `jti` twice, which no JSON library writes.
fn doubled_claim(desk: &Desk) -> String {
    let signed = desk.assertion(None).sign(&desk.key);
    let parts: Vec<&str> = signed.split('.').collect();
    let claims = String::from_utf8(base64url::decode(parts[1]).unwrap()).unwrap();
    let doubled = format!("{},\"jti\":\"again\"}}", claims.trim_end_matches('}'));
    let input = format!("{}.{}", parts[0], base64url::encode(doubled.as_bytes()));
    format!("{input}.{}", base64url::encode(&desk.key.sign(input.as_bytes())))
}

#[tokio::test]
async fn each_wrong_turn_is_answered_as_the_documentation_says() {
    let desk = Desk::new().await;
    let mut table = Table(String::new());
    let now = desk.now().seconds();
    let text = |name: &'static str, value: &'static str| move |jwt: Jwt| jwt.claim(name, value);
    let at = |name: &'static str, seconds: i64| move |jwt: Jwt| jwt.claim(name, now + seconds);
    let other_key = new_key();
    let used = desk.valid();
    let used_assertion = used.assertion.clone();
    assert_eq!(desk.ask(used).await.status(), StatusCode::OK);

    let stranger = |jwt: Jwt| jwt.claim("iss", "nobody").claim("sub", "nobody");
    let public = desk.key.public().clone();
    let private: Value = serde_json::from_str(desk.world.key.to_json().expose()).unwrap();
    let parent = |value: &str| Desk::organisation("urn:oid:1.0.6523", value);
    let wrong = [
        ("the client is not known", desk.asserting(stranger), Rule::AssertionClient),
        ("the key is not registered", desk.asserting(|jwt| jwt.header("kid", "another")), Rule::AssertionKid),
        (
            "the signature is by another key",
            Sent { assertion: desk.assertion(None).sign(&other_key), ..desk.valid() },
            Rule::AssertionSignature,
        ),
        (
            "the claims were changed after signing",
            Sent { assertion: desk.assertion(None).sign_then_claim(&desk.key, "x", 1), ..desk.valid() },
            Rule::AssertionSignature,
        ),
        ("`alg` is none", desk.asserting(|jwt| jwt.header("alg", "none")), Rule::AssertionAlg),
        (
            "`alg` is HS256, with the public key for a secret",
            desk.asserting(|jwt| jwt.header("alg", "HS256").claim("key", public.to_json())),
            Rule::AssertionAlg,
        ),
        ("`typ` is JWT", desk.asserting(|jwt| jwt.header("typ", "JWT")), Rule::AssertionTyp),
        ("the assertion is no JWT", Sent { assertion: "a.b".into(), ..desk.valid() }, Rule::AssertionForm),
        (
            "a claim stands twice",
            Sent { assertion: doubled_claim(&desk), ..desk.valid() },
            Rule::AssertionForm,
        ),
        (
            "`aud` is the token endpoint",
            desk.asserting(|jwt| jwt.claim("aud", desk.endpoint())),
            Rule::AssertionAud,
        ),
        ("`aud` is missing", desk.asserting(|jwt| jwt.without_claim("aud")), Rule::AssertionAud),
        ("`iss` is missing", desk.asserting(|jwt| jwt.without_claim("iss")), Rule::AssertionIss),
        ("`sub` is another than `iss`", desk.asserting(text("sub", "another")), Rule::AssertionSub),
        ("`exp` is past", desk.asserting(at("exp", -11)), Rule::AssertionExp),
        ("`exp` is a text", desk.asserting(text("exp", "1790000000")), Rule::AssertionExp),
        ("`exp` is an hour ahead", desk.asserting(at("exp", 3600)), Rule::AssertionLifetime),
        ("`nbf` is ahead", desk.asserting(at("nbf", 60)), Rule::AssertionNbf),
        ("`nbf` is a text", desk.asserting(text("nbf", "now")), Rule::AssertionNbf),
        ("`iat` is ahead", desk.asserting(at("iat", 60)), Rule::AssertionIat),
        ("`jti` is missing", desk.asserting(|jwt| jwt.without_claim("jti")), Rule::AssertionJti),
        (
            "the assertion was used before",
            Sent { assertion: used_assertion, ..desk.valid() },
            Rule::AssertionJtiOnce,
        ),
        ("a client secret comes along", desk.valid().form("client_secret", "s3cret"), Rule::RequestAssertion),
        (
            "`client_id` names another client",
            desk.valid().form("client_id", "another"),
            Rule::RequestClientId,
        ),
        (
            "a parameter stands twice",
            desk.valid().form("grant_type", "client_credentials"),
            Rule::RequestOnce,
        ),
        (
            "the content type is JSON",
            Sent { content_type: "application/json", ..desk.valid() },
            Rule::RequestContentType,
        ),
        ("the body has over 64 KiB", desk.valid().form("x", &"x".repeat(65 * 1024)), Rule::RequestBody),
        (
            "the scope is not the client's",
            desk.valid().form("scope", "nhn:bff-sample/api"),
            Rule::RequestScopeAllowed,
        ),
        ("the scope is of an identity", desk.valid().form("scope", "openid"), Rule::RequestScopeAllowed),
        ("`resource` is another API", desk.valid().form("resource", "nhn:bff-sample"), Rule::RequestResource),
        ("there is no proof", Sent { proofs: Vec::new(), ..desk.valid() }, Rule::DpopPresent),
        (
            "there are two proofs",
            Sent { proofs: vec![desk.proof().sign(&desk.proof_key); 2], ..desk.valid() },
            Rule::DpopOnce,
        ),
        (
            "the proof is for another address",
            desk.proving(text("htu", "https://sts.example/")),
            Rule::DpopHtu,
        ),
        ("the proof is for another method", desk.proving(text("htm", "GET")), Rule::DpopHtm),
        ("the proof is from the past", desk.proving(at("iat", -3600)), Rule::DpopIat),
        ("the proof is from the future", desk.proving(at("iat", 3600)), Rule::DpopIat),
        ("the proof has no nonce", desk.proving(|jwt| jwt.without_claim("nonce")), Rule::DpopNonce),
        (
            "the proof is by another key than its `jwk`",
            desk.valid().proof(desk.proof().sign(&other_key)),
            Rule::DpopSignature,
        ),
        ("the proof's `jwk` is private", desk.proving(|jwt| jwt.header("jwk", private)), Rule::DpopJwk),
        (
            "the proof's `jwk` is symmetric",
            desk.proving(|jwt| jwt.header("jwk", json!({ "kty": "oct", "k": "AAAA" }))),
            Rule::DpopJwk,
        ),
        ("the proof's `typ` is JWT", desk.proving(|jwt| jwt.header("typ", "JWT")), Rule::DpopTyp),
        (
            "both names of the details are used",
            desk.asserting(|jwt| {
                jwt.claim("assertion_details", json!({})).claim("authorization_details", json!({}))
            }),
            Rule::DetailsName,
        ),
        (
            "an organisation number has eight digits",
            desk.acting(&parent("NO:ORGNR:12345678:")),
            Rule::DetailsNumber,
        ),
        (
            "a client without tenancy names an organisation",
            desk.acting(&parent("NO:ORGNR:999977774:")),
            Rule::DetailsSupported,
        ),
    ];
    for (what, sent, rule) in wrong {
        table.authority(what, &desk.ask(sent).await, rule);
    }
    expired_key(&desk, &mut table).await;
    let at_the_authority = std::mem::take(&mut table.0);
    assert_eq!(desk.ask(desk.valid()).await.status(), StatusCode::OK, "nothing was changed by any of it");
    at_the_api(&desk, &mut table).await;

    let document = format!(
        "# What is answered when something is wrong\n\nThis page is written by a test that makes each of these requests: \
         it is true of this version. Every description ends with the rule's\nid, and names what was expected and what \
         came.\n\n## At the token endpoint\n\n{HEAD}{at_the_authority}\n## At an API\n\nThe error stands in \
         `WWW-Authenticate`.\n\n{HEAD}{}",
        table.0
    );
    if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &document).unwrap();
    }
    let written = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        written == document,
        "docs/errors.md is out of date: HELSEID_WRITE_DOCS=1 cargo test -p helseid-testkit"
    );
}

/// The key's last second is over; afterwards it is good again.
async fn expired_key(desk: &Desk, table: &mut Table) {
    let registration = |keys_expire| {
        let client_id = Some(desk.world.client_id.clone());
        ClientRegistration { client_id, keys_expire, ..registration(&desk.world.key).unwrap() }
    };
    desk.world.authority.register(registration(Some(desk.now()))).await.unwrap();
    table.authority("the key has expired", &desk.ask(desk.valid()).await, Rule::AssertionKeyExpiry);
    desk.world.authority.register(registration(None)).await.unwrap();
}

const HEAD: &str =
    "| what is wrong | answer | rule | what must hold | what to do |\n| --- | --- | --- | --- | --- |\n";

async fn at_the_api(desk: &Desk, table: &mut Table) {
    let client = desk.world.client().unwrap();
    let token = client.token().await.unwrap().access_token().expose().to_owned();
    let url = desk.world.url();
    let own = authorized(&client, &url).await;
    let send = async |headers: &[(&str, String)]| {
        let mut request = Request::get(&url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        desk.outbound.send(request.body(Vec::new()).unwrap(), MAX_ANSWER_BYTES).await.unwrap()
    };
    let bound = format!("DPoP {token}");
    let proof = |change: fn(Jwt) -> Jwt| {
        let jwt = desk.proof_for(&Method::GET, &url, &jwt_id(&SystemRandom)).claim("ath", token_hash(&token));
        change(jwt).sign(&desk.proof_key)
    };
    assert_eq!(
        send(&[("authorization", bound.clone()), ("dpop", own.clone())]).await.status(),
        StatusCode::OK
    );

    let bearer = send(&[("authorization", format!("Bearer {token}"))]).await;
    table.api("a bound token is sent as Bearer", &bearer, Rule::ApiScheme);
    let none = send(&[("authorization", bound.clone())]).await;
    table.api("there is no proof", &none, Rule::ApiProof);
    let again = send(&[("authorization", bound.clone()), ("dpop", own)]).await;
    table.api("the proof was used before", &again, Rule::DpopJtiOnce);
    let other = send(&[("authorization", bound.clone()), ("dpop", proof(|jwt| jwt))]).await;
    table.api("the proof is by another key than the token's", &other, Rule::DpopJkt);
    let of_another =
        send(&[("authorization", bound.clone()), ("dpop", proof(|jwt| jwt.claim("ath", "x")))]).await;
    table.api("the proof is for another token", &of_another, Rule::DpopAth);
    let two = send(&[("authorization", bound.clone()), ("authorization", bound.clone())]).await;
    table.api("there are two Authorization headers", &two, Rule::ApiAuthorization);
    let changed = format!("DPoP {}AAAA", &token[..token.len() - 4]);
    table.api("the token was changed", &send(&[("authorization", changed)]).await, Rule::TokenSignature);
    desk.world.clock().forward(std::time::Duration::from_secs(700));
    table.api("the token has expired", &send(&[("authorization", bound)]).await, Rule::TokenExp);
}

/// A valid proof of the client for a GET of `url`.
async fn authorized(client: &Client, url: &str) -> String {
    let mut request = Request::get(url).body(()).unwrap();
    client.authorize(&mut request).await.unwrap();
    request.headers()["dpop"].to_str().unwrap().to_owned()
}
