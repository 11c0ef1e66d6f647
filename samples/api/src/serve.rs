//! Serves a router on connections that are bounded in number, size and time, which `axum::serve` leaves open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

/// What connections may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most connections at once; more wait.
    pub connections: usize,
    /// The most of one address; another one of it is closed.
    pub of_address: usize,
    /// Whether the loopback's addresses are held to that, too.
    pub loopback: bool,
    /// How long the line and headers of a request may take, and a connection may be idle.
    pub head_time: Duration,
    /// How long a caller may take nothing of an answer.
    pub write_time: Duration,
    /// How long requests under way may take when the API stops.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            of_address: 512,
            loopback: false,
            head_time: Duration::from_secs(15),
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(4),
        }
    }
}

/// Serves until `stop` is there, and then ends what is under way.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    serve_through(listener, |stream| std::future::ready(Ok(stream)), router, limits, stop).await;
}

/// The same through something that turns each connection into one of another kind, such as a TLS handshake. It counts as
/// one of the connections, and has as long as a head has.
pub async fn serve_through<A, S>(
    listener: TcpListener,
    accept: impl Fn(TcpStream) -> A,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) where
    A: Future<Output = std::io::Result<S>> + Send + 'static,
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let places = Places { all: Arc::new(Semaphore::new(limits.connections)), held: Arc::default() };
    let (graceful, mut connections) = (GracefulShutdown::new(), JoinSet::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async { (places.free().await, listener.accept().await) };
        let (free, accepted) = tokio::select! {
            next = next => next,
            Some(_) = connections.join_next() => continue,
            () = &mut stop => break,
        };
        let (Some(free), Ok((stream, peer))) = (free, accepted) else {
            // Out of file handles: the next connection may find one.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = places.give(free, peer.ip(), &limits) else { continue };
        // Small answers go out at once.
        let _slower = stream.set_nodelay(true);
        let (accepted, watcher) = (accept(stream), graceful.watcher());
        let (router, limits) = (router.clone(), limits.clone());
        connections.spawn(async move {
            let _place = place;
            // Faults of the other side are no news.
            if let Ok(Ok(stream)) = tokio::time::timeout(limits.head_time, accepted).await {
                drop(watcher.watch(connection(stream, router, &limits)).await);
            }
        });
    }
    drop(listener);
    let _ended = tokio::time::timeout(limits.drain_time, graceful.shutdown()).await;
    connections.shutdown().await;
}

type Connection<S> =
    http1::Connection<TokioIo<std::pin::Pin<Box<TimeoutStream<S>>>>, TowerToHyperService<Router>>;

fn connection<S>(stream: S, router: Router, limits: &Limits) -> Connection<S>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.write_time));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router))
}

/// Who holds how many connections.
struct Places {
    all: Arc<Semaphore>,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One of them; free again when it is dropped.
struct Place {
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: IpAddr,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    async fn free(&self) -> Option<OwnedSemaphorePermit> {
        self.all.clone().acquire_owned().await.ok()
    }

    fn give(&self, permit: OwnedSemaphorePermit, from: IpAddr, limits: &Limits) -> Option<Place> {
        let address = from.to_canonical();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        let is_limited = limits.loopback || !address.is_loopback();
        if is_limited && *count >= limits.of_address {
            return None;
        }
        *count += 1;
        Some(Place { held: self.held.clone(), address, _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpSocket;
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;

    /// Shorter than the test waits, and long enough for a request on a loaded machine.
    const SHORT: Duration = Duration::from_secs(1);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    async fn served(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = "x".repeat(100_000);
        let endless = || std::future::pending::<&str>();
        let router =
            Router::new().route("/", get(async move || answer.clone())).route("/endless", get(endless));
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { drop(stopped.await) };
        (address, stop, tokio::spawn(serve(listener, router, limits, stopped)))
    }

    async fn dial(from: [u8; 4], to: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::from(from), 0).into()).unwrap();
        socket.connect(to).await.unwrap()
    }

    /// Whether the API answers on a new connection, which stays open.
    async fn answered(from: [u8; 4], to: SocketAddr) -> Option<TcpStream> {
        let (mut stream, mut answer) = (dial(from, to).await, [0; 12]);
        stream.write_all(REQUEST).await.ok()?;
        stream.read_exact(&mut answer).await.ok()?;
        (answer == *b"HTTP/1.1 200").then_some(stream)
    }

    /// Until the API closes.
    async fn closed(mut stream: TcpStream) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest));
        let _whole_or_reset = read.await.expect("the API closes it");
    }

    #[tokio::test]
    async fn half_a_head_silence_and_an_idle_connection_end() {
        let (to, _stop, _server) = served(Limits { head_time: SHORT, ..Limits::default() }).await;
        let (mut half, silent) = (dial([127, 0, 0, 1], to).await, dial([127, 0, 0, 1], to).await);
        half.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
        let idle = answered([127, 0, 0, 1], to).await.unwrap();
        for stream in [half, silent, idle] {
            closed(stream).await;
        }
    }

    #[tokio::test]
    async fn a_caller_who_never_reads_ends() {
        let (to, _stop, server) = served(Limits { write_time: SHORT, ..Limits::default() }).await;
        let (_reader, mut writer) = dial([127, 0, 0, 1], to).await.into_split();
        // Until the answers fill every buffer on the way, and then the write of a request fails.
        let fill = async { while writer.write_all(&REQUEST.repeat(100)).await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(10), fill).await.expect("the connection ends");
        assert!(!server.is_finished());
    }

    #[tokio::test]
    async fn an_address_has_its_part_and_another_is_answered() {
        let limits = Limits { of_address: 2, connections: 4, loopback: true, ..Limits::default() };
        let (to, _stop, _server) = served(limits).await;
        let _held =
            (answered([127, 0, 0, 1], to).await.unwrap(), answered([127, 0, 0, 1], to).await.unwrap());
        assert!(answered([127, 0, 0, 1], to).await.is_none());
        assert!(answered([127, 0, 0, 2], to).await.is_some());
    }

    #[tokio::test]
    async fn a_stop_does_not_wait_for_ever() {
        let (to, stop, server) = served(Limits { drain_time: SHORT, ..Limits::default() }).await;
        let mut stream = answered([127, 0, 0, 1], to).await.unwrap();
        stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), server).await.expect("the server stops").unwrap();
    }
}
