//! A gate that is away or wrong: nobody passes.

use std::path::Path;

use helseid_protocol::rule::Profile;
use helseid_testkit::World;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use super::{Front, KINDS, Kind, gate_of, settings};
use crate::gate::section;

/// A gate that says this to every request; nothing at all if there is none.
fn fake(path: &Path, answer: Option<&'static str>) -> tokio::task::JoinHandle<()> {
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            if let Some(answer) = answer {
                let _ = stream.write_all(answer.as_bytes()).await;
            } else {
                held.push(stream);
            }
        }
    })
}

/// What is wrong with the configuration is for the log of the sidecar.
#[tokio::test]
async fn who_asks_for_metadata_is_told_nothing_of_a_gate_that_is_not_there() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate_of(&world, &section("another", &settings(kind))).await;
        let front = Front::start(kind, &path);
        let request = "GET /.well-known/oauth-protected-resource/v1 HTTP/1.1\r\nHost: api.example\r\n\r\n";
        let answered = front.ask(request).await;
        assert_eq!((answered.status, &answered.body), (500, &Value::Null), "{kind:?} {answered:?}");
        assert_eq!(answered.header("x-helseid-sidecar"), None, "{kind:?} {answered:?}");
    }
}

/// What a gate says, and what a caller is then told by nginx and by Caddy.
const GATES: [(Option<&str>, [u16; 2]); 7] = [
    (None, [503, 504]),
    (Some("HTTP/1.1 500 A\r\nContent-Length: 0\r\n\r\n"), [500, 500]),
    (Some("HTTP/1.1 503 A\r\nContent-Length: 0\r\n\r\n"), [503, 503]),
    (Some("HTTP/1.1 421 A\r\nContent-Length: 0\r\n\r\n"), [500, 421]),
    (Some("HTTP/1.1 302 A\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), [500, 500]),
    (Some("HTTP/1.1 200 A\r\nContent-Le"), [503, 502]),
    (Some(""), [503, 502]),
];

#[tokio::test]
async fn a_gate_that_is_dead_slow_or_wrong_lets_nobody_pass() {
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        for (at, (answer, [nginx, caddy])) in GATES.into_iter().enumerate() {
            let path = folder.path().join(format!("{}{at}.sock", kind.name()));
            let gate = fake(&path, answer);
            let front = Front::start(kind, &path);
            let answered = front.get("Authorization: DPoP a\r\n").await;
            let status = if kind == Kind::Nginx { nginx } else { caddy };
            assert_eq!(answered.status, status, "{kind:?} {answer:?} {answered:?}");
            assert_eq!(answered.body, Value::Null, "the API was not asked");
            gate.abort();
            // Dead: nobody listens.
            let _ = gate.await;
            let answered = front.get("Authorization: DPoP a\r\n").await;
            assert_eq!(answered.status, if kind == Kind::Nginx { 503 } else { 502 }, "{kind:?} {answered:?}");
        }
    }
}
