//! Servers that fall silent: connected still, and nothing comes back.

use std::future::pending;
use std::time::Duration;

use helseid_test_services::Redis as Server;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use super::*;

/// A way to a server. While it is silent nothing goes through, and never again by a connection of that time.
struct Way {
    url: String,
    silent: watch::Sender<bool>,
}

impl Way {
    async fn to(url: &str) -> Self {
        let mut url = Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (silent, is_silent) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else { continue };
                let ((from_caller, to_caller), (from_server, to_server)) =
                    (caller.into_split(), server.into_split());
                tokio::spawn(pass(from_caller, to_server, is_silent.clone()));
                tokio::spawn(pass(from_server, to_caller, is_silent.clone()));
            }
        });
        Self { url: url.to_string(), silent }
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    is_silent: watch::Receiver<bool>,
) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if *is_silent.borrow() {
            pending::<()>().await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Asks for a row by many at once; whether each had its answer.
async fn asked(store: &Arc<dyn SessionStore>) -> Vec<bool> {
    let mut requests = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        requests.spawn(async move {
            let found = store.find(&id("nobody")).await;
            assert!(matches!(found, Ok(None) | Err(StoreError::Away(_))), "{found:?}");
            found.is_ok()
        });
    }
    timeout(Duration::from_secs(30), requests.join_all()).await.expect("nobody is held")
}

/// Everyone has an answer, once there are connections.
async fn answers(store: &Arc<dyn SessionStore>) {
    let all = async { while asked(store).await.contains(&false) {} };
    timeout(Duration::from_secs(30), all).await.expect("there is a place for everyone");
}

/// A server that is silent for a while: everyone is told so, and as soon as it speaks again there is a place for everyone.
async fn is_left_in_time(store: Arc<dyn SessionStore>, way: &Way) {
    answers(&store).await;
    way.silent.send_replace(true);
    assert!(!asked(&store).await.contains(&true));
    // The middle of a transaction, and one that nobody waits for any more.
    let row = row("silent");
    drop(timeout(Duration::from_millis(1), store.insert(&row, Replaces::Nothing, NOW)).await);
    way.silent.send_replace(false);
    answers(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_falls_silent_holds_no_request_and_no_connection() {
    let way = Way::to(&services::database().await).await;
    let milliseconds = Duration::from_millis;
    let limits = Limits { wait: milliseconds(2000), patience: milliseconds(2000), way: milliseconds(100) };
    let store: Arc<dyn SessionStore> = Arc::new(within(&way.url, limits).await.unwrap());
    is_left_in_time(store, &way).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_falls_silent_holds_no_request() {
    let server = Server::start().unwrap();
    let way = Way::to(&server.url()).await;
    is_left_in_time(Arc::new(redis(&way.url).unwrap()), &way).await;
}
