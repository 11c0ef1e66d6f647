use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use helseid_http::{Body, HttpErrorKind, Outbound};
use http::{Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::serve;

async fn kind(outbound: &Outbound, url: &str) -> HttpErrorKind {
    outbound.get(url).await.expect_err("no answer").kind()
}

fn outbound() -> Outbound {
    Outbound::builder().build().unwrap()
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let followed = crate::Count::default();
    let there = followed.clone();
    let router = Router::new()
        .route("/here", get(|| async { Redirect::temporary("/there") }))
        .route("/there", get(move || async move { there.up() }));
    let address = serve(router).await;
    let answer = outbound().get(&format!("{address}/here")).await.unwrap();
    assert_eq!((answer.status(), followed.get()), (StatusCode::TEMPORARY_REDIRECT, 0));
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused() {
    let address = serve(Router::new().route("/", get(|| async { "x".repeat(1001) }))).await;
    let send = |limit| {
        let request = Request::get(format!("{address}/")).body(Vec::new()).unwrap();
        async move { outbound().send(request, limit).await }
    };
    assert_eq!(send(1000).await.expect_err("too large").kind(), HttpErrorKind::TooLarge);
    assert_eq!(send(1001).await.unwrap().body().len(), 1001);
}

#[tokio::test]
async fn http_goes_to_loopback_and_to_named_hosts_alone() {
    for url in ["http://api.example/", "ftp://127.0.0.1/", "/relative", "http://localhost.example/"] {
        assert_eq!(kind(&outbound(), url).await, HttpErrorKind::InsecureUrl, "{url}");
    }
    let named = Outbound::builder().insecure_http(["api.example".to_owned()]).build().unwrap();
    let may = |url: &str| named.may_send_to(&url.parse().unwrap());
    assert!(may("http://api.example/") && may("http://[::1]/") && may("https://other.example/"));
    assert!(!may("http://other.example/"));
}

#[tokio::test]
async fn a_name_below_localhost_leads_here_and_is_asked_of_nobody() {
    let address = serve(Router::new().route("/", get(|| async { "here" }))).await;
    let named = address.replace("127.0.0.1", "any.name.localhost");
    assert_ne!(named, address);
    assert_eq!(outbound().get(&format!("{named}/")).await.unwrap().body(), b"here");
    let probe = outbound().probe(&named.parse().unwrap()).await;
    assert_eq!(probe.dns.outcome, Ok("127.0.0.1, ::1".to_owned()));
    assert!(probe.is_well(), "{probe:?}");
}

#[tokio::test]
async fn nobody_there_is_told_apart_from_a_server_that_never_answers() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let short = Duration::from_millis(50);
    let hasty = Outbound::builder().timeouts(short, short, short).build().unwrap();
    let silence = hasty.get(&address).await.expect_err("silence");
    assert_eq!((silence.kind(), silence.is_unsent()), (HttpErrorKind::Timeout, false));
    // Bound, so that nobody else gets it, and not listened on.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let nobody = format!("http://{}", held.local_addr().unwrap());
    let refused = outbound().get(&nobody).await.expect_err("nobody");
    assert_eq!((refused.kind(), refused.is_unsent()), (HttpErrorKind::Connect, true));
    assert!(refused.next().contains("that the program there is running"), "{}", refused.next());
}

#[tokio::test]
async fn an_error_does_not_repeat_the_query() {
    let error = outbound().get("http://api.example/?secret=1").await.expect_err("insecure");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn a_ca_file_must_hold_certificates() {
    let failed = |file: &str| {
        Outbound::builder().ca_file(Some(file.into())).build().expect_err("no certificates").kind()
    };
    assert_eq!(failed("/nowhere/ca.pem"), HttpErrorKind::Settings);
    assert_eq!(failed(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")), HttpErrorKind::Settings);
}

#[tokio::test]
async fn https_needs_no_provider_installed_and_talks_to_no_plain_server() {
    let address = serve(Router::new()).await.replace("http:", "https:");
    let refused = outbound().get(&address).await.expect_err("no TLS");
    assert_eq!(refused.kind(), HttpErrorKind::Connect);
    assert!(refused.to_string().contains("it does not answer with TLS"), "{refused}");
    assert!(refused.next().contains("http://"), "{}", refused.next());
}

#[tokio::test]
async fn a_server_that_chooses_tls_1_1_is_refused() {
    // ECDHE_RSA with AES 128 and CBC, which only versions before TLS 1.3 have, and neither session nor compression.
    let rest = [&[7; 32][..], &[0, 0xc0, 0x13, 0]].concat();
    let hello = [&[22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2][..], &rest].concat();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut record = [0; 5];
        stream.read_exact(&mut record).await.unwrap();
        let mut offer = vec![0; usize::from(u16::from_be_bytes([record[3], record[4]]))];
        stream.read_exact(&mut offer).await.unwrap();
        stream.write_all(&hello).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        (record[0], answer)
    };
    let client = outbound();
    let (refused, (offered, answer)) = tokio::join!(client.get(&url), server);
    let refused = refused.expect_err("TLS 1.1");
    assert_eq!(refused.kind(), HttpErrorKind::Connect);
    assert!(refused.next().contains("TLS 1.2"), "{refused}: {}", refused.next());
    assert_eq!(offered, 22, "it begins with a handshake");
    // The alert protocol_version (RFC 5246 section 7.2), and nothing else.
    assert_eq!((answer.first(), answer.get(5..)), (Some(&21), Some(&[2, 70][..])), "{answer:?}");
}

#[tokio::test]
async fn a_body_passes_piece_by_piece_and_what_goes_out_is_counted() {
    let echo = |headers: http::HeaderMap, body: axum::body::Bytes| async move {
        let length = headers["content-length"].to_str().unwrap().to_owned();
        ([("announced", length)], body)
    };
    let router = Router::new().route("/", axum::routing::put(echo));
    let address = serve(router.layer(axum::extract::DefaultBodyLimit::disable())).await;
    let body: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 253) as u8).collect();
    let request = Request::put(format!("{address}/")).body(body.clone()).unwrap();
    let counts = Arc::new(Mutex::new(Vec::new()));
    let heard = counts.clone();
    let watch: helseid_http::Watch = Arc::new(move |sent| heard.lock().unwrap().push(sent));
    let mut answer = outbound().open(request, Some(watch)).await.unwrap();
    assert_eq!((answer.status(), answer.announced_length()), (StatusCode::OK, Some(1_000_000)));
    assert_eq!(answer.headers()["announced"], "1000000");
    let (mut back, mut pieces) = (Vec::new(), 0);
    while let Some(piece) = answer.piece().await.unwrap() {
        back.extend_from_slice(&piece);
        pieces += 1;
    }
    assert!(back == body && pieces > 1, "{pieces}");
    let counts = counts.lock().unwrap();
    assert!(counts.is_sorted() && counts.len() > 2 && counts.last() == Some(&1_000_000), "{counts:?}");
}

/// A body of three frames, of which nobody knows the length beforehand.
struct Frames(std::collections::VecDeque<&'static str>);

impl http_body::Body for Frames {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
        std::task::Poll::Ready(match self.0.pop_front() {
            Some("broken") => Some(Err(std::io::Error::other("broken"))),
            next => next.map(|text| Ok(http_body::Frame::data(text.into()))),
        })
    }
}

#[tokio::test]
async fn a_stream_is_sent_as_it_comes_and_is_counted() {
    let echo = |headers: http::HeaderMap, body: String| async move {
        format!("{body} {}", headers.contains_key("content-length"))
    };
    let address = serve(Router::new().route("/", axum::routing::put(echo))).await;
    let request = |frames: &[&'static str]| {
        let body = Body::stream(Frames(frames.iter().copied().collect()));
        Request::put(format!("{address}/")).body(body).unwrap()
    };
    let answer = outbound().send(request(&["a", "bc", "d"]), 100).await.unwrap();
    assert_eq!(answer.body(), b"abcd false");
    let counts = Arc::new(Mutex::new(Vec::new()));
    let heard = counts.clone();
    let watch: helseid_http::Watch = Arc::new(move |sent| heard.lock().unwrap().push(sent));
    let mut answer = outbound().open(request(&["a", "bc", "d"]), Some(watch)).await.unwrap();
    assert_eq!(&*answer.piece().await.unwrap().unwrap(), b"abcd false");
    assert_eq!(*counts.lock().unwrap(), [1, 3, 4]);
    let error = outbound().send(request(&["a", "broken"]), 100).await.expect_err("a broken stream");
    assert_eq!((error.kind(), error.is_unsent()), (HttpErrorKind::Broken, false), "{error}");
}

#[tokio::test]
async fn a_probe_tells_each_leg_as_far_as_it_came() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let probe = |url: String| async move { outbound().probe(&url.parse().unwrap()).await };
    let well = probe(format!("http://{address}/")).await;
    assert!(well.is_well() && well.tls.is_none(), "{well:?}");
    assert_eq!(well.tcp.unwrap().outcome, Ok(address.to_string()));
    // A server that is there and speaks no TLS.
    let answering = tokio::spawn(async move {
        // The first is the connection of the probe above.
        listener.accept().await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
    });
    let plain = probe(format!("https://{address}/")).await;
    assert!(!plain.is_well() && plain.tls.unwrap().outcome.is_err());
    answering.await.unwrap();
    let refused = probe(format!("https://{address}/")).await;
    assert!(refused.tcp.is_some_and(|tcp| tcp.outcome.is_err()) && refused.tls.is_none());
    let unknown = probe("https://nowhere.invalid/".to_owned()).await;
    assert!(unknown.dns.outcome.is_err() && unknown.tcp.is_none() && unknown.tls.is_none());
}
