//! What strangers can make us log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use helseid_admin_api::ClientRegistration;
use helseid_authority::Config;
use helseid_protocol::scope::ScopeSet;
use reqwest::Method;
use serde_json::json;
use tracing::Level;

use crate::desk::{Desk, READ, SELF_SERVICE, Sent, new_key};
use helseid_test_services::is_alone;

use crate::http;

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

/// Runs the test of this name in a process of its own, and there `test` with what is logged.
pub(crate) fn alone<F: Future<Output = ()>>(name: &str, level: Level, test: impl FnOnce(Log) -> F) {
    if !is_alone(name) {
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(level);
    let _logged = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(log));
}

#[test]
fn strangers_fill_no_log_and_the_line_of_a_client_is_still_written() {
    let name = "log::strangers_fill_no_log_and_the_line_of_a_client_is_still_written";
    alone(name, Level::INFO, flood);
}

#[test]
fn a_client_that_sends_a_published_key_again_and_again_is_told_of_once() {
    let name = "log::a_client_that_sends_a_published_key_again_and_again_is_told_of_once";
    alone(name, Level::INFO, add_a_published_key);
}

#[test]
fn no_number_of_a_person_is_logged_at_any_level() {
    alone("log::no_number_of_a_person_is_logged_at_any_level", Level::TRACE, register_persons);
}

/// A person that is registered, and each way to refuse one.
async fn register_persons(log: Log) {
    let desk = Desk::with(Config::in_memory(), |_| ()).await;
    let numbers = ["29829620004", "29829620005", "29029620004", "06828399789", "14438020021"];
    for number in numbers {
        let person = json!({
            "short_name": "surgeon", "number": number, "given_name": "Bjørn", "family_name": "Ås",
            "health_personnel": { "hpr_number": 565_000_999 },
        });
        desk.admin(Method::POST, "/persons", Some(&person)).await;
        desk.admin(Method::DELETE, &format!("/persons/{number}"), None).await;
    }
    let (_, persons) = desk.admin(Method::GET, "/persons", None).await;
    assert!(persons.to_string().contains(numbers[0]), "it was not registered");
    let text = log.text();
    assert!(text.contains("TRACE"), "the log is not on");
    let written: Vec<_> = text
        .lines()
        .filter(|line| numbers.iter().chain(&["565000999"]).any(|number| line.contains(number)))
        .filter(|line| !line.contains("hyper") && !line.contains("reqwest"))
        .collect();
    assert_eq!(written, [""; 0]);
}

/// The key of RFC 7515 appendix A.3, which is registered once.
async fn add_a_published_key(log: Log) {
    let scopes = |registration: &mut ClientRegistration| {
        registration.scopes = ScopeSet::parse(SELF_SERVICE).unwrap();
    };
    let desk = Desk::with(Config::in_memory(), scopes).await;
    let token = desk.token(SELF_SERVICE).await;
    let key = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    for n in 0..20 {
        let answer = desk.call(Method::POST, "/v1/client-secret", &token).body(key).send().await.unwrap();
        assert_eq!(answer.status(), if n == 0 { 200 } else { 400 }, "{n}");
    }
    let told = log.lines().iter().filter(|line| line.contains("registered with a warning")).count();
    assert_eq!(told, 1);
}

/// Many requests of each kind that nobody has signed, with texts as long as they may be.
async fn flood(log: Log) {
    let desk = Desk::with(Config::in_memory(), |_| ()).await;
    let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
    let http = http();
    let (stranger, long, nonce) = (new_key(), "x".repeat(3_000), desk.nonce().await);
    for n in 0..100 {
        http.get(desk.url("/admin/api/clients")).header("host", &long).send().await.unwrap();
        http.get(desk.url("/admin/api/clients")).header("host", &host).send().await.unwrap();
        let call = http.get(desk.url("/v1/client")).header("host", &host);
        call.header("authorization", format!("DPoP {long}")).header("dpop", &long).send().await.unwrap();
        let assertion = desk.assertion().claim("iss", format!("{n}-{}", &long[..200])).sign(&stranger);
        desk.answer(&Sent { assertion, ..desk.sent_with(READ, &nonce) }).await;
        desk.answer(&Sent { assertion: long.clone(), ..desk.sent_with(READ, &nonce) }).await;
    }
    let lines = log.lines();
    assert!((1..=22).contains(&lines.len()), "{} lines", lines.len());
    let longest = lines.iter().map(String::len).max().unwrap();
    assert!(longest < 1_500, "a line of {longest} bytes");

    desk.answer(&desk.sent_with("nhn:nobody/read", &nonce)).await;
    let written = log.lines();
    assert_eq!(written.len(), lines.len() + 1);
    assert!(written.last().unwrap().contains("request.scope_allowed"), "{written:?}");
    desk.forward(1);
    http.get(desk.url("/admin/api/clients")).header("host", &host).send().await.unwrap();
    assert!(log.lines().last().unwrap().contains("left_out="), "{:?}", log.lines().last());
}
