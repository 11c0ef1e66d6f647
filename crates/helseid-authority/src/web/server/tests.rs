use std::net::{IpAddr, Ipv4Addr};

use axum::routing::get;
use helseid_protocol::time::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;
use crate::web::places::Unlimited;

const FIRST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

struct Served {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

/// With eight places.
async fn served(router: Router) -> Served {
    let places = Places::new(8, Unlimited { loopback: false, networks: Vec::new() });
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let (address, (stop, stopped)) = (listener.address, watch::channel(false));
    let server = Server::new(router, places, Arc::new(|| Timestamp::from_seconds(1_790_000_000)));
    Served { address, stop, server: tokio::spawn(server.serve(listener, stopped)) }
}

fn router() -> Router {
    let broken = || async {
        if true {
            panic!("a fault of ours")
        }
    };
    Router::new().route("/", get(|| async { "alive" })).route("/broken", get(broken))
}

impl Served {
    async fn dial(&self, from: impl Into<IpAddr>) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from.into(), 0).into()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// A connection that was answered; none if it was closed.
    async fn answered(&self, from: Ipv4Addr) -> Option<TcpStream> {
        let mut stream = self.dial(from).await;
        ask(&mut stream, "/").await.then_some(stream)
    }
}

async fn ask(stream: &mut TcpStream, path: &str) -> bool {
    let sent = stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await;
    let mut answer = [0; 500];
    sent.is_ok() && stream.read(&mut answer).await.is_ok_and(|count| answer[..count].ends_with(b"alive"))
}

#[tokio::test]
async fn an_address_with_half_of_the_places_gets_no_more_and_another_does() {
    let served = served(router()).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(served.answered(FIRST).await.expect("one of the first half"));
    }
    assert!(served.answered(FIRST).await.is_none());
    let other = served.answered(SECOND).await.expect("another address");
    held.pop();
    let again = async {
        while served.answered(FIRST).await.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("a place that became free");
    drop(other);
}

#[tokio::test]
async fn a_panic_in_a_request_ends_its_connection_alone() {
    let served = served(router()).await;
    let mut other = served.answered(FIRST).await.unwrap();
    // More of them than there are places.
    for _ in 0..20 {
        let mut stream = served.dial(SECOND).await;
        assert!(!ask(&mut stream, "/broken").await);
    }
    assert!(ask(&mut other, "/").await);
    assert!(served.answered(SECOND).await.is_some());
}

#[tokio::test]
async fn a_stop_waits_four_seconds_for_a_request_and_no_longer() {
    let begun = Arc::new(Notify::new());
    let told = begun.clone();
    let endless = move || {
        told.notify_one();
        std::future::pending::<&str>()
    };
    let served = served(Router::new().route("/", get(endless))).await;
    let mut stream = served.dial(FIRST).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    begun.notified().await;
    tokio::time::pause();
    let stopped = Instant::now();
    served.stop.send_replace(true);
    served.server.await.unwrap();
    assert_eq!(stopped.elapsed().as_secs(), 4);
}
