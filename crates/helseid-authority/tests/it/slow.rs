//! Requests that take long: they are judged when all of them is there, so that no memory is shorter than a request.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use helseid_admin_api::ClientRegistration;
use helseid_authority::Config;
use helseid_protocol::scope::ScopeSet;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, READ, SELF_SERVICE, Sent, new_key};

/// A request of which only the head and a few bytes have come. The server has begun to wait for the rest.
struct Slow {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Slow {
    fn begin(desk: &Desk, request: RequestBuilder) -> Self {
        let request = request.build().unwrap();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap();
        let mut head = format!(
            "{} {} HTTP/1.1\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n",
            request.method(),
            request.url().path(),
            body.len()
        );
        if !request.headers().contains_key("host") {
            head.push_str("host: localhost\r\n");
        }
        for (name, value) in request.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        let mut stream = TcpStream::connect(desk.running.addresses()[0]).unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        let mut went_on = [0; 25];
        stream.read_exact(&mut went_on).unwrap();
        assert_eq!(&went_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        let (first, rest) = body.split_at(10);
        stream.write_all(first).unwrap();
        Self { stream, rest: rest.to_vec() }
    }

    /// Sends the rest; tells the status and the description of the answer.
    fn end(mut self) -> (u16, String) {
        self.stream.write_all(&self.rest).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        (status, body["error_description"].as_str().unwrap_or_default().to_owned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_assertion_does_not_pass_again_by_a_body_that_is_sent_slowly() {
    for profile in ["helseid", "helseid-next"] {
        let desk = Desk::with(Config::in_memory().profile(profile.parse().unwrap()), |_| ()).await;
        let assertion = desk.assertion().claim("exp", desk.now().seconds() + 10).sign(&desk.key);
        let nonce = desk.nonce().await;
        let with = |sent: Sent| Sent { assertion: assertion.clone(), ..sent };
        assert_eq!(desk.answer(&with(desk.sent_with(READ, &nonce))).await.0, StatusCode::OK);
        // It is good for another second; the body takes longer, and meanwhile it is forgotten.
        desk.forward(19);
        let slow = Slow::begin(&desk, desk.post(&with(desk.sent_with(READ, &nonce))));
        desk.forward(30);
        desk.token(READ).await;
        let (status, why) = slow.end();
        assert_eq!(status, 400, "{profile}: {why}");
        assert!(why.contains("assertion.exp"), "{profile}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_something_is_looked_at_when_all_of_the_request_is_there() {
    let scopes = |registration: &mut ClientRegistration| {
        registration.scopes = ScopeSet::parse(SELF_SERVICE).unwrap();
    };
    let again = json!({ "name": "again", "scopes": [SELF_SERVICE], "keys": [new_key().public().members()] });
    let disabled = json!({ "enabled": false });
    // What is done meanwhile, what the slow requests are answered then, and what the client is called and has keys.
    for (meanwhile, body, answers, left) in [
        (Method::PATCH, Some(&disabled), [403, 403], (json!("the client"), Some(1))),
        (Method::DELETE, None, [403, 403], (Value::Null, None)),
        (Method::PUT, Some(&again), [200, 204], (json!("again"), Some(2))),
    ] {
        let desk = Desk::with(Config::in_memory(), scopes).await;
        let token = desk.token(SELF_SERVICE).await;
        let key = new_key().public().to_json();
        let slow = [
            desk.call(Method::POST, "/v1/client-secret", &token).body(key),
            desk.call(Method::PUT, "/v1/client", &token).body(json!({ "apiScopes": [] }).to_string()),
        ];
        let slow = slow.map(|request| Slow::begin(&desk, request));
        desk.admin(meanwhile.clone(), "/clients/the-client", body).await;
        assert_eq!(slow.map(|slow| slow.end().0), answers, "{meanwhile}");
        let client = desk.admin(Method::GET, "/clients/the-client", None).await.1;
        assert_eq!((client["name"].clone(), client["keys"].as_array().map(Vec::len)), left, "{meanwhile}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_key_that_is_removed_while_a_body_comes_opens_nothing() {
    let desk = Desk::with(Config::in_memory(), |_| ()).await;
    let host = desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
    let (tests, drafts) = (desk.access_key("test-tokens").await, desk.access_key("client-drafts").await);
    let post =
        |path, header, key| crate::http().post(desk.url(path)).header("host", &host).header(header, key);
    let ask = json!({ "audience": "an:api", "organizationNumber": "999977774", "publicJwk": {} }).to_string();
    let slow = [
        post("/v2/create-test-token-with-key", "x-auth-key", tests).body(ask.clone()),
        post("/v1/client-drafts", "api-key", drafts).body(ask),
    ];
    let slow = slow.map(|request| Slow::begin(&desk, request));
    for made in desk.admin(Method::GET, "/access-keys", None).await.1.as_array().unwrap() {
        let id = made["id"].as_str().unwrap();
        desk.admin(Method::DELETE, &format!("/access-keys/{id}"), None).await;
    }
    // Without any there is no such service.
    desk.access_key("test-tokens").await;
    for slow in slow {
        assert_eq!(slow.end().0, 401);
    }
}
