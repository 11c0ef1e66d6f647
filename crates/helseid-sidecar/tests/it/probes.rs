//! The listener of its own at which probes are answered.

use helseid_protocol::rule::Profile;
use helseid_sidecar::{ListenFlags, Listener, Sidecar};
use helseid_testkit::{SCOPE, World};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::world::{Folder, exchange, open};

#[tokio::test]
async fn where_probes_are_answered_nothing_else_is() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = Folder::new(&world, "");
    let flags = ListenFlags { probe_listen: Some(([127, 0, 0, 1], 0).into()), ..open() };
    let config = folder.config(flags).unwrap();
    let listener = Listener::bind(config.listen()).await.unwrap();
    let probes = Listener::bind(&config.probe_listen().unwrap()).await.unwrap();
    let (callers, prober) = (listener.address().unwrap(), probes.address().unwrap());
    let sidecar = Sidecar::with_clock(config, world.clock().clone()).unwrap().with_probes(Some(probes));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(sidecar.serve(listener, async { drop(stopped.await) }));

    let body = json!({ "identity_provider": "helseid", "target": SCOPE }).to_string();
    for (to, token) in [(callers, 200), (prober, 404)] {
        for path in ["/health", "/ready"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {to}\r\n\r\n");
            let answer = exchange(TcpStream::connect(to).await.unwrap(), &request).await;
            assert_eq!(answer.status, 200, "{to} {path}");
        }
        let head = format!("POST /api/v1/token HTTP/1.1\r\nHost: {to}\r\nX-HelseID-Sidecar: 1");
        let kind = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
        let request = format!("{head}\r\n{kind}\r\n\r\n{body}");
        let answer = exchange(TcpStream::connect(to).await.unwrap(), &request).await;
        assert_eq!(answer.status, token, "{to} {answer:?}");
    }
    stop.send(()).unwrap();
    serving.await.unwrap();
}
