use std::net::Ipv4Addr;

use axum::routing::get;
use helseid_protocol::time::Timestamp;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::*;

/// A connection, seen from its peer. The time stands still until everything waits.
struct Dialled {
    peer: DuplexStream,
    end: JoinHandle<End>,
    scarce: watch::Sender<bool>,
    begun: Instant,
    stop: watch::Sender<bool>,
    _graceful: GracefulShutdown,
}

fn dial(scarce: bool) -> Dialled {
    dial_with(None, scarce)
}

fn dial_tls(scarce: bool) -> Dialled {
    let host = helseid_tls::Host::parse("localhost").unwrap();
    dial_with(Some(helseid_tls::Tls::self_signed().open(None, "authority", vec![host]).unwrap()), scarce)
}

fn dial_with(tls: Option<TlsServer>, scarce: bool) -> Dialled {
    let (ours, peer) = duplex(4 * 1024);
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "done"
    };
    let router = Router::new().route("/", get(|| async { "x".repeat(1_000) })).route("/slow", get(slow));
    let router = router.route("/dated", get(|| async { ([("date", "Thu, 01 Jan 1970 00:00:00 GMT")], "") }));
    let clock = Arc::new(|| Timestamp::from_seconds(1_790_000_000));
    let service = ConnectionService { router, peer: Ipv4Addr::LOCALHOST.into(), clock };
    let (scarce, graceful) = (watch::Sender::new(scarce), GracefulShutdown::new());
    let (stop, stopped) = watch::channel(false);
    let ends = Ends { scarce: scarce.subscribe(), stop: stopped, graceful: graceful.watcher() };
    let served = serve(ours, tls, service, ends);
    Dialled { peer, end: tokio::spawn(served), scarce, begun: Instant::now(), stop, _graceful: graceful }
}

impl Dialled {
    /// How it ended, and after how many seconds.
    async fn end(&mut self) -> (End, u64) {
        let end = (&mut self.end).await.unwrap();
        (end, self.begun.elapsed().as_secs())
    }

    async fn ask(&mut self, path: &str) -> String {
        self.peer.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = vec![0; 2_000];
        let count = self.peer.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..count]).into_owned()
    }
}

#[tokio::test]
async fn answers_have_the_date_of_the_authoritys_clock_unless_they_have_one() {
    for (path, date) in [
        ("/", "Mon, 21 Sep 2026 14:13:20 GMT"),
        ("/nothing", "Mon, 21 Sep 2026 14:13:20 GMT"),
        ("/dated", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        let answer = dial(false).ask(path).await;
        let dates: Vec<_> = answer.lines().filter_map(|line| line.strip_prefix("date: ")).collect();
        assert_eq!(dates, [date], "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_never_reads_is_gone_after_thirty_seconds() {
    let mut dialled = dial(false);
    dialled.peer.write_all("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100).as_bytes()).await.unwrap();
    assert_eq!(dialled.end().await, (End::Unread, 30));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_reads_slowly_gets_all_of_it() {
    let mut dialled = dial(false);
    dialled.peer.write_all("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20).as_bytes()).await.unwrap();
    let (mut read, mut part) = (0, [0; 500]);
    while read < 20_000 {
        tokio::time::sleep(Duration::from_secs(20)).await;
        let count = dialled.peer.read(&mut part).await.unwrap();
        assert!(count > 0, "closed after {read} bytes");
        read += count;
    }
}

#[tokio::test(start_paused = true)]
async fn silence_and_half_a_head_end_after_thirty_seconds_and_after_five_where_places_are_scarce() {
    for sent in ["", "GET / HTTP/1.1\r\nHos"] {
        for (scarce, wanted) in [(false, (End::Closed, 30)), (true, (End::Idle, 5))] {
            let mut dialled = dial(scarce);
            dialled.peer.write_all(sent.as_bytes()).await.unwrap();
            assert_eq!(dialled.end().await, wanted, "{sent:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_letter_by_letter_is_no_request() {
    let mut dialled = dial(true);
    let mut peer = std::mem::replace(&mut dialled.peer, duplex(1).0);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if peer.write_all(b"G").await.is_err() {
                return;
            }
        }
    });
    assert_eq!(dialled.end().await, (End::Idle, 5));
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_keeps_its_place_and_has_five_seconds_for_the_next() {
    let mut dialled = dial(true);
    assert!(dialled.ask("/slow").await.ends_with("done"));
    assert_eq!(dialled.end().await, (End::Idle, 65));
}

#[tokio::test(start_paused = true)]
async fn whoever_was_idle_before_places_became_scarce_goes_at_once() {
    let mut dialled = dial(false);
    assert!(dialled.ask("/").await.starts_with("HTTP/1.1 200"));
    tokio::time::sleep(Duration::from_secs(20)).await;
    dialled.scarce.send_replace(true);
    assert_eq!(dialled.end().await, (End::Idle, 20));
}

/// The head of a ClientHello, of which the rest does not come.
const HALF_A_HANDSHAKE: [u8; 6] = [22, 3, 1, 2, 0, 1];

#[tokio::test(start_paused = true)]
async fn half_a_handshake_ends_after_ten_seconds_and_after_five_where_places_are_scarce() {
    for sent in [&[][..], &HALF_A_HANDSHAKE] {
        for (scarce, wanted) in [(false, (End::Closed, 10)), (true, (End::Idle, 5))] {
            let mut dialled = dial_tls(scarce);
            dialled.peer.write_all(sent).await.unwrap();
            assert_eq!(dialled.end().await, wanted, "{sent:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_comes_letter_by_letter_keeps_no_place() {
    let mut dialled = dial_tls(true);
    let trickle = async {
        for letter in HALF_A_HANDSHAKE.iter().chain(&[0; 20]) {
            let _ended = dialled.peer.write_all(&[*letter]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = trickle => panic!("it is still there"),
        end = &mut dialled.end => assert_eq!(end.unwrap(), End::Idle),
    }
    assert_eq!(dialled.begun.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn plain_http_to_tls_is_closed_after_an_alert() {
    let mut dialled = dial_tls(false);
    dialled.peer.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    dialled.peer.read_to_end(&mut answer).await.unwrap();
    assert_eq!((answer.first(), dialled.end().await.0), (Some(&21), End::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_half_a_handshake_at_once() {
    let mut dialled = dial_tls(false);
    dialled.peer.write_all(&HALF_A_HANDSHAKE).await.unwrap();
    dialled.stop.send_replace(true);
    assert_eq!(dialled.end().await, (End::Closed, 0));
}
