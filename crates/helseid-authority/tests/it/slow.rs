//! Requests that take long: they are judged when all of them is there, so that no memory is shorter than a request.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use helseid_authority::Config;
use reqwest::StatusCode;
use serde_json::Value;

use crate::desk::{Desk, READ, Sent};

/// A request of which only the head and a few bytes have come. The server has begun to wait for the rest.
struct Slow {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Slow {
    fn begin(desk: &Desk, sent: &Sent) -> Self {
        let request = desk.post(sent).build().unwrap();
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap();
        let mut head = format!(
            "POST {} HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n",
            request.url().path(),
            body.len()
        );
        for (name, value) in request.headers() {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        let mut stream = TcpStream::connect(desk.running.addresses()[0]).unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        let mut went_on = [0; 25];
        stream.read_exact(&mut went_on).unwrap();
        assert_eq!(&went_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        let (first, rest) = body.split_at(20);
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
        let body: Value = serde_json::from_str(body).unwrap();
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
        let slow = Slow::begin(&desk, &with(desk.sent_with(READ, &nonce)));
        desk.forward(30);
        desk.token(READ).await;
        let (status, why) = slow.end();
        assert_eq!(status, 400, "{profile}: {why}");
        assert!(why.contains("assertion.exp"), "{profile}: {why}");
    }
}
