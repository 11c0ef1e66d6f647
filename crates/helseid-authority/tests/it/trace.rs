//! The trace names the broken rule each time, and never what lets its reader in.

use std::collections::HashMap;

use helseid_protocol::forge::Jwt;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::{Rule, Verdict};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, READ, Sent, new_key, new_private};
use crate::log::{self, Log};
use crate::{http, json as read};

/// A good request with one thing broken.
struct Broken {
    rule: Rule,
    sent: Sent,
    content_type: &'static str,
}

struct Breaker<'a> {
    desk: &'a Desk,
    nonce: String,
    all: Vec<Broken>,
}

impl Breaker<'_> {
    fn good(&self) -> Sent {
        let proof = self.desk.proof(&Method::POST, "/connect/token", Some(&self.nonce), None);
        Sent {
            assertion: self.desk.assertion().sign(&self.desk.key),
            proof: Some(proof.sign(&self.desk.proof_key)),
            form: vec![("grant_type", "client_credentials".to_owned()), ("scope", READ.to_owned())],
        }
    }

    fn add(&mut self, rule: Rule, change: impl FnOnce(&mut Sent)) {
        let mut sent = self.good();
        change(&mut sent);
        self.all.push(Broken { rule, sent, content_type: "application/x-www-form-urlencoded" });
    }

    fn assertion(&mut self, rule: Rule, change: impl FnOnce(Jwt) -> Jwt) {
        let assertion = change(self.desk.assertion()).sign(&self.desk.key);
        self.add(rule, |sent| sent.assertion = assertion);
    }

    fn proof(&mut self, rule: Rule, change: impl FnOnce(Jwt) -> Jwt) {
        let proof = self.desk.proof(&Method::POST, "/connect/token", Some(&self.nonce), None);
        let proof = change(proof).sign(&self.desk.proof_key);
        self.add(rule, |sent| sent.proof = Some(proof));
    }

    fn form(&mut self, rule: Rule, name: &'static str, value: Option<&str>) {
        self.add(rule, |sent| {
            sent.form.retain(|(known, _)| *known != name);
            sent.form.extend(value.map(|value| (name, value.to_owned())));
        });
    }

    /// Every claim of the wrong type, wrong value, or gone.
    fn claims(&mut self) {
        let now = self.desk.now().seconds();
        let odd = [json!(null), json!(true), json!(["x"]), json!({ "x": 1 }), json!(1.5), json!([])];
        for value in &odd {
            for (claim, rule) in [
                ("iss", Rule::AssertionIss),
                ("sub", Rule::AssertionSub),
                ("aud", Rule::AssertionAud),
                ("exp", Rule::AssertionExp),
                ("nbf", Rule::AssertionNbf),
                ("iat", Rule::AssertionIat),
                ("jti", Rule::AssertionJti),
            ] {
                // A fraction of a second long ago is a time like any other (RFC 7519 section 2).
                if !(value.is_number() && ["nbf", "iat"].contains(&claim)) {
                    self.assertion(rule, |jwt| jwt.claim(claim, value.clone()));
                }
            }
            for (claim, rule) in [
                ("htm", Rule::DpopHtm),
                ("htu", Rule::DpopHtu),
                ("iat", Rule::DpopIat),
                ("jti", Rule::DpopJti),
                ("nonce", Rule::DpopNonce),
            ] {
                self.proof(rule, |jwt| jwt.claim(claim, value.clone()));
            }
        }
        for (claim, rule) in [
            ("sub", Rule::AssertionSub),
            ("aud", Rule::AssertionAud),
            ("exp", Rule::AssertionExp),
            ("jti", Rule::AssertionJti),
        ] {
            self.assertion(rule, |jwt| jwt.without_claim(claim));
        }
        for (claim, rule) in [
            ("htm", Rule::DpopHtm),
            ("htu", Rule::DpopHtu),
            ("iat", Rule::DpopIat),
            ("jti", Rule::DpopJti),
            ("nonce", Rule::DpopNonce),
        ] {
            self.proof(rule, |jwt| jwt.without_claim(claim));
        }
        for (claim, value, rule) in [
            ("sub", json!("other"), Rule::AssertionSub),
            ("aud", json!("https://other.example"), Rule::AssertionAud),
            ("aud", json!(["https://other.example"]), Rule::AssertionAud),
            ("aud", json!(self.desk.running.issuer().at("/connect/token")), Rule::AssertionAud),
            ("exp", json!(now - 11), Rule::AssertionExp),
            ("exp", json!(now - 100_000), Rule::AssertionExp),
            ("exp", json!(now + 71), Rule::AssertionLifetime),
            ("exp", json!(now + 100_000), Rule::AssertionLifetime),
            ("nbf", json!(now + 11), Rule::AssertionNbf),
            ("iat", json!(now + 11), Rule::AssertionIat),
            ("iat", json!("soon"), Rule::AssertionIat),
            ("jti", json!(""), Rule::AssertionJti),
            ("jti", json!("x".repeat(300)), Rule::AssertionJti),
        ] {
            self.assertion(rule, |jwt| jwt.claim(claim, value));
        }
        for (claim, value, rule) in [
            ("htm", json!("GET"), Rule::DpopHtm),
            ("htm", json!("post"), Rule::DpopHtm),
            ("htu", json!("https://other.example/connect/token"), Rule::DpopHtu),
            ("htu", json!(self.desk.running.issuer().as_str()), Rule::DpopHtu),
            ("htu", json!(self.desk.running.issuer().at("/connect/other?x=1")), Rule::DpopHtu),
            ("htu", json!("nonsense"), Rule::DpopHtu),
            ("iat", json!(now - 71), Rule::DpopIat),
            ("iat", json!(now + 11), Rule::DpopIat),
            ("iat", json!("1"), Rule::DpopIat),
            ("jti", json!("x".repeat(300)), Rule::DpopJti),
            ("nonce", json!("another"), Rule::DpopNonce),
            ("nonce", json!(""), Rule::DpopNonce),
        ] {
            self.proof(rule, |jwt| jwt.claim(claim, value));
        }
    }

    /// Headers, keys and signatures.
    fn signatures(&mut self) {
        for alg in ["none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "ES256K", "RS1", "EdDSA"] {
            self.assertion(Rule::AssertionAlg, |jwt| jwt.header("alg", alg));
            self.proof(Rule::DpopAlg, |jwt| jwt.header("alg", alg));
        }
        for alg in ["ES384", "ES512", "RS256", "PS512"] {
            self.proof(Rule::DpopKeyAlg, |jwt| jwt.header("alg", alg));
        }
        for typ in [json!("JWT"), json!("at+jwt"), json!("dpop"), json!("")] {
            self.assertion(Rule::AssertionTyp, |jwt| jwt.header("typ", typ.clone()));
            self.proof(Rule::DpopTyp, |jwt| jwt.header("typ", typ));
        }
        self.assertion(Rule::AssertionTyp, |jwt| jwt.without_header("typ"));
        self.proof(Rule::DpopTyp, |jwt| jwt.without_header("typ"));
        for kid in ["other", "../../etc/passwd", "' OR 1=1 --"] {
            self.assertion(Rule::AssertionKid, |jwt| jwt.header("kid", kid));
        }
        let rsa = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
        let private: Value = serde_json::from_str(new_private().to_json().expose()).unwrap();
        for jwk in [json!(null), json!("text")] {
            self.proof(Rule::DpopJwk, |jwt| jwt.header("jwk", jwk));
        }
        for jwk in [json!({}), json!({ "kty": "oct", "k": "AAAA" }), private] {
            self.proof(Rule::DpopJwk, |jwt| jwt.header("jwk", jwk));
        }
        self.proof(Rule::DpopJwk, |jwt| jwt.without_header("jwk"));
        self.proof(Rule::DpopKeyAlg, |jwt| jwt.header("jwk", Value::Object(rsa.public().bare())));
        let other = new_key();
        for (assertion, proof) in [(true, false), (false, true)] {
            let nonce = self.nonce.clone();
            let forged = match assertion {
                true => self.desk.assertion().sign(&other),
                false => self.desk.proof(&Method::POST, "/connect/token", Some(&nonce), None).sign(&other),
            };
            let rule = if assertion { Rule::AssertionSignature } else { Rule::DpopSignature };
            self.add(rule, |sent| if proof { sent.proof = Some(forged) } else { sent.assertion = forged });
        }
        let later = self.desk.assertion().sign_then_claim(&self.desk.key, "x", 1);
        self.add(Rule::AssertionSignature, |sent| sent.assertion = later);
        for crit in [json!(["b64"]), json!([])] {
            self.assertion(Rule::AssertionForm, |jwt| jwt.header("crit", crit.clone()));
            self.proof(Rule::DpopForm, |jwt| jwt.header("crit", crit));
        }
        self.unreadable();
    }

    fn unreadable(&mut self) {
        let (good, big) = (self.good(), "x".repeat(5_000));
        self.add(Rule::RequestAssertion, |sent| sent.assertion = String::new());
        for text in ["a", "a.b", "a.b.c", "a.b.c.d", "....", &big] {
            self.add(Rule::AssertionForm, |sent| sent.assertion = text.to_owned());
        }
        for text in ["a", "a.b", "a.b.c", "a.b.c.d"] {
            self.add(Rule::DpopForm, |sent| sent.proof = Some(text.to_owned()));
        }
        let no_alg = "e30.e30.e30";
        self.add(Rule::AssertionAlg, |sent| sent.assertion = no_alg.to_owned());
        self.add(Rule::DpopAlg, |sent| sent.proof = Some(no_alg.to_owned()));
        for alg in ["none", "NoNe"] {
            let unsigned = |jwt: String| jwt[..=jwt.rfind('.').unwrap()].to_owned();
            let assertion = unsigned(self.desk.assertion().header("alg", alg).sign(&self.desk.key));
            self.add(Rule::AssertionAlg, |sent| sent.assertion = assertion);
        }
        self.add(Rule::DpopOnce, |sent| sent.proof = Some(big.clone()));
        let twice = format!("{0}, {0}", good.proof.clone().unwrap());
        self.add(Rule::DpopOnce, |sent| sent.proof = Some(twice));
        for behind in ["=", "\n", " ", "\0", "."] {
            let assertion = format!("{}{behind}", good.assertion);
            self.add(Rule::AssertionForm, |sent| sent.assertion = assertion);
        }
    }

    /// The form around them.
    fn forms(&mut self) {
        self.add(Rule::DpopPresent, |sent| sent.proof = None);
        for grant in [
            "implicit",
            "urn:openid:params:grant-type:ciba",
            "password",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ] {
            self.form(Rule::RequestGrantType, "grant_type", Some(grant));
        }
        self.form(Rule::RequestGrantType, "grant_type", None);
        self.form(Rule::RequestGrantType, "grant_type", Some(""));
        for scope in
            ["openid", "offline_access", "profile", "nhn:nobody/read", "helseid://scopes/identity/pid"]
        {
            self.form(Rule::RequestScopeAllowed, "scope", Some(scope));
        }
        for scope in ["a\"b", "a\\b", "\u{e5}"] {
            self.form(Rule::RequestScope, "scope", Some(scope));
        }
        for resource in ["nhn:nobody", "https://api.example"] {
            self.form(Rule::RequestResource, "resource", Some(resource));
        }
        self.add(Rule::RequestResource, |sent| {
            sent.form.extend([("resource", "a".to_owned()), ("resource", "b".to_owned())]);
        });
        self.form(Rule::RequestClientId, "client_id", Some("another"));
        self.form(Rule::RequestAssertion, "client_secret", Some("guess"));
        for name in ["grant_type", "scope"] {
            self.add(Rule::RequestOnce, |sent| sent.form.push((name, "again".to_owned())));
        }
        for kind in ["application/json", "text/plain", "multipart/form-data"] {
            let sent = self.good();
            self.all.push(Broken { rule: Rule::RequestContentType, sent, content_type: kind });
        }
    }
}

#[tokio::test]
async fn two_hundred_broken_requests_are_each_named_right() {
    let desk = Desk::new().await;
    let mut breaker = Breaker { desk: &desk, nonce: desk.nonce().await, all: Vec::new() };
    breaker.claims();
    breaker.signatures();
    breaker.forms();
    let mut wrong = Vec::new();
    let all = breaker.all;
    assert!(all.len() >= 200, "{}", all.len());
    let mut rules: HashMap<&str, usize> = HashMap::new();
    for Broken { rule, sent, content_type } in &all {
        *rules.entry(rule.id()).or_default() += 1;
        let answer = desk.post_as(sent, content_type).send().await.unwrap();
        let status = answer.status();
        let answer = read(answer).await;
        let (_, list) = desk.admin(Method::GET, "/trace?limit=1", None).await;
        let entry = &list["items"][0];
        let (_, opened) =
            desk.admin(Method::GET, &format!("/trace/{}", entry["id"].as_str().unwrap()), None).await;
        let verdict: Verdict = serde_json::from_value(opened["verdict"].clone()).unwrap();
        let failed = verdict.failed().map(|finding| finding.rule);
        let named = entry["rule"] == rule.id() && failed == Some(*rule) && status == StatusCode::BAD_REQUEST;
        let led = match answer["error"].as_str() {
            Some("use_dpop_nonce") => answer.get("error_uri").is_none(),
            _ => answer["error_uri"].as_str().unwrap_or_default().ends_with(entry["id"].as_str().unwrap()),
        };
        if !named || !led {
            wrong.push(format!("{}: {} {answer}", rule.id(), entry["rule"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rules.len() >= 30, "{rules:?}");
    assert_eq!(desk.answer(&desk.sent(READ).await).await.0, StatusCode::OK);
}

#[test]
fn no_secret_is_in_trace_log_or_answer() {
    log::alone("trace::no_secret_is_in_trace_log_or_answer", tracing::Level::TRACE, misplaced_secrets);
}

async fn misplaced_secrets(log: Log) {
    let desk = Desk::new().await;
    let private = new_private();
    let marked: Value = serde_json::from_str(private.to_json().expose()).unwrap();
    let access_key = desk.access_key("test-tokens").await;
    let token = desk.token(READ).await;
    let good = desk.sent(READ).await;
    let nonce = desk.nonce().await;
    assert_eq!(desk.answer(&good).await.0, StatusCode::OK);

    // A client that sends its secrets where they do not belong.
    let key = &desk.key;
    let with_key = desk.assertion().claim("jwk", marked.clone()).claim("note", token.as_str());
    let as_audience = desk.assertion().claim("aud", token.as_str());
    let in_proof = desk.proof(&Method::POST, "/connect/token", Some(&nonce), None);
    let in_proof = in_proof.header("jwk", marked.clone()).sign(&desk.proof_key);
    let mut answers = Vec::new();
    for sent in [
        Sent { assertion: with_key.sign(key), ..desk.sent("nhn:nobody/read").await },
        Sent { assertion: as_audience.sign(key), ..desk.sent(READ).await },
        Sent { proof: Some(in_proof), ..desk.sent(READ).await },
        Sent { form: vec![("grant_type", token.clone())], ..desk.sent(READ).await },
    ] {
        answers.push(desk.answer(&sent).await.1.to_string());
    }
    desk.admin(Method::POST, "/clients/the-client/keys", Some(&json!({ "jwk": marked }))).await;

    let (_, list) = desk.admin(Method::GET, "/trace?limit=1000", None).await;
    let mut written = vec![list.to_string(), desk.admin(Method::GET, "/audit", None).await.1.to_string()];
    for entry in list["items"].as_array().unwrap() {
        let id = entry["id"].as_str().unwrap();
        written.push(desk.admin(Method::GET, &format!("/trace/{id}?details=true"), None).await.1.to_string());
        let open = http().get(desk.url(&format!("/trace/{id}"))).send().await.unwrap();
        written.push(String::from_utf8(open.bytes().await.unwrap().to_vec()).unwrap());
    }
    written.extend(answers);
    let log = log.text();
    assert!(log.contains("request.scope_allowed"), "nothing was logged: {log}");
    written.push(log);
    let signature = |jws: &str| jws.rsplit('.').next().unwrap().to_owned();
    for (what, secret) in [
        ("private key", marked["d"].as_str().unwrap().to_owned()),
        ("token", signature(&token)),
        ("assertion's signature", signature(&good.assertion)),
        ("proof's signature", signature(good.proof.as_ref().unwrap())),
        ("nonce", nonce),
        ("admin token", desk.running.admin_token().to_owned()),
        ("access key", access_key),
    ] {
        let found = written.iter().find(|text| text.contains(&secret));
        assert!(found.is_none(), "a {what} in {}", found.unwrap());
    }
    assert!(written.iter().any(|text| text.contains("the-client")), "nothing was written at all");
}

#[tokio::test]
async fn whoever_has_the_id_reads_the_verdict_and_others_nothing() {
    let desk = Desk::new().await;
    let (_, refused) = desk.answer(&desk.sent("nhn:nobody/read").await).await;
    let uri = refused["error_uri"].as_str().unwrap();
    let path = uri.strip_prefix(desk.running.issuer().as_str()).unwrap();
    let text = http().get(desk.url(path)).send().await.unwrap();
    assert!(text.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = String::from_utf8(text.bytes().await.unwrap().to_vec()).unwrap();
    assert!(text.contains("FAILED  request.scope_allowed"), "{text}");
    let json = http().get(desk.url(path)).header("accept", "application/json").send().await.unwrap();
    assert_eq!(read(json).await["rule"], "request.scope_allowed");
    let guess = http().get(desk.url("/trace/AAAAAAAAAAAAAAAAAAAAAA")).send().await.unwrap();
    assert_eq!(guess.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn requests_are_told_as_they_come() {
    let desk = Desk::new().await;
    let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
    let live = http().get(desk.url("/admin/api/trace/live?outcome=granted")).header("host", host);
    let mut live = live.bearer_auth(desk.running.admin_token()).send().await.unwrap();
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    desk.token(READ).await;
    let event = String::from_utf8(live.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let entry: Value = serde_json::from_str(event.trim().strip_prefix("data:").unwrap()).unwrap();
    assert_eq!((&entry["outcome"], &entry["client_id"]), (&json!("granted"), &json!("the-client")));
}

#[tokio::test]
async fn the_clients_clock_is_told_and_structured_claims_on_demand() {
    let desk = Desk::new().await;
    let details = json!({ "type": "nhn:sfm:journal-id", "value": { "journal_id": "ed30a6a5-4834-40be-a32b-1e4f5217e378" } });
    let now = desk.now().seconds();
    let assertion = desk.assertion().claim("iat", now - 7).claim("assertion_details", details);
    let sent = Sent { assertion: assertion.sign(&desk.key), ..desk.sent(READ).await };
    desk.answer(&sent).await;
    let (_, list) = desk.admin(Method::GET, "/trace?limit=1&client=the-client", None).await;
    let path = format!("/trace/{}", list["items"][0]["id"].as_str().unwrap());
    let (_, opened) = desk.admin(Method::GET, &path, None).await;
    assert_eq!(opened["clock_offset_seconds"], -7);
    assert!(!opened.to_string().contains("ed30a6a5"), "{opened}");
    let (_, opened) = desk.admin(Method::GET, &format!("{path}?details=true"), None).await;
    assert!(opened["assertion"].to_string().contains("ed30a6a5"), "{opened}");
}

#[tokio::test]
async fn an_open_stream_does_not_hold_a_stop() {
    let desk = Desk::new().await;
    let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
    let live = http().get(desk.url("/admin/api/trace/live")).header("host", host);
    let mut live = live.bearer_auth(desk.running.admin_token()).send().await.unwrap();
    desk.token(READ).await;
    assert!(live.chunk().await.unwrap().is_some());
    let stopped = tokio::time::timeout(std::time::Duration::from_secs(3), desk.running.shut_down()).await;
    assert!(stopped.is_ok(), "a request under way may take 4 s, and there is none");
}

#[tokio::test]
async fn strangers_push_no_client_out_and_no_number_of_a_person_is_told() {
    let desk = Desk::new().await;
    let number = json!({
        "type": "helseid_authorization",
        "practitioner_role": { "organization": { "identifier": {
            "system": "urn:oid:2.16.578.1.12.4.1.4.101", "type": "ENH", "value": "13109525611",
        } } },
    });
    let assertion = desk.assertion().claim("assertion_details", number).sign(&desk.key);
    let sent = Sent { assertion, ..desk.sent(READ).await };
    let (_, refused) = desk.answer(&sent).await;
    let uri = refused["error_uri"].as_str().unwrap();
    let path = uri.strip_prefix(desk.running.issuer().as_str()).unwrap();
    let (nonce, stranger) = (desk.nonce().await, new_key());
    for n in 0..300 {
        let assertion = desk.assertion().claim("iss", format!("invented-{n}")).sign(&stranger);
        desk.answer(&Sent { assertion, ..desk.sent_with(READ, &nonce) }).await;
    }
    let text = http().get(desk.url(path)).send().await.unwrap();
    assert_eq!(text.status(), StatusCode::OK);
    let text = String::from_utf8(text.bytes().await.unwrap().to_vec()).unwrap();
    assert!(text.contains("details.number") && !text.contains("13109525611"), "{text}");
    assert!(!refused.to_string().contains("13109525611"), "{refused}");
}
