//! Bodies of any size in both directions, those without end, and whoever sends or takes nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::hostile::{Hostile, head};
use super::{before, before_with, call, connect, rest, status};

const PIECE: usize = 64 * 1024;

/// 64 MiB.
const PIECES: usize = 1_024;

#[tokio::test]
async fn large_bodies_pass_in_both_directions_in_constant_memory() {
    // So that nothing but the call takes memory.
    let name = "call::bounds::large_bodies_pass_in_both_directions_in_constant_memory";
    if !helseid_test_services::is_alone(name) {
        return;
    }
    let api = echo_after_all().await;
    let (_world, sidecar) = before(&api).await;
    // What is made once is made now.
    assert_eq!(status(&call(&sidecar, "POST /call/other/", "", &vec![b'x'; PIECE]).await), 200);
    let before = resident();
    let lines = format!("Connection: close\r\nContent-Length: {}\r\n", PIECE * PIECES);
    let mut stream = connect(&sidecar, "POST /call/other/", &lines).await;
    for _ in 0..PIECES {
        stream.write_all(&[b'x'; PIECE]).await.unwrap();
    }
    let mut length = 0;
    let mut piece = vec![0; PIECE];
    loop {
        match stream.read(&mut piece).await.unwrap() {
            0 => break,
            read => length += read,
        }
    }
    assert!((PIECE * PIECES..PIECE * PIECES + 1_024).contains(&length), "{length}");
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 * 1_024, "{grown} KiB for {} KiB in each direction", PIECE * PIECES / 1_024);
}

/// Reads a body of a known length, and answers with as many bytes.
async fn echo_after_all() -> Hostile {
    Hostile::with(|mut stream, _, _| async move {
        let Some(seen) = head(&mut stream).await else { return };
        let length: usize = seen.header("content-length").unwrap().parse().unwrap();
        let (mut piece, mut left) = (vec![0; PIECE], length - seen.body.len());
        while left > 0 {
            left -= stream.read(&mut piece).await.unwrap();
        }
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..length / PIECE {
            stream.write_all(&piece).await.unwrap();
        }
    })
    .await
}

/// The most memory that this process has had, in KiB, as Linux tells it; elsewhere nothing grows.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn a_body_that_the_api_does_not_want_does_not_hide_its_answer() {
    let api = Hostile::with(|mut stream, _, _| async move {
        let _ = head(&mut stream).await;
        let refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(refusal).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (_world, sidecar) = before(&api).await;
    let answer = call(&sidecar, "POST /call/other/", "", &vec![b'x'; 8 * 1024 * 1024]).await;
    assert_eq!(status(&answer), 413, "{answer}");
}

#[tokio::test]
async fn an_endless_body_ends_with_its_answer_and_an_endless_answer_with_its_reader() {
    let (ended, mut ends) = mpsc::unbounded_channel();
    let api = Hostile::with(move |mut stream, _, _| {
        let ended = ended.clone();
        async move {
            let _ = head(&mut stream).await;
            let begins = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(begins).await.unwrap();
            while stream.write_all(b"4\r\nmore\r\n").await.is_ok() {}
            ended.send(()).unwrap();
        }
    })
    .await;
    let (_world, sidecar) = before(&api).await;
    let mut stream = connect(&sidecar, "POST /call/other/", "Transfer-Encoding: chunked\r\n").await;
    stream.write_all(format!("{:x}\r\n{}\r\n", PIECE * 2, "x".repeat(PIECE * 2)).as_bytes()).await.unwrap();
    let mut some = [0; 1_000];
    stream.read_exact(&mut some).await.unwrap();
    assert_eq!(status(&String::from_utf8_lossy(&some)), 200);
    drop(stream);
    ends.recv().await.unwrap();
}

#[tokio::test]
async fn whoever_lets_a_call_wait_ends_it() {
    let api = Hostile::with(|mut stream, _, number| async move {
        let _ = head(&mut stream).await;
        if number == 2 {
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
            stream.write_all(half).await.unwrap();
        }
        // Says nothing more.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (_world, sidecar) = before_with(&api, "idle_seconds = 1").await;
    assert_eq!(status(&call(&sidecar, "GET /call/other/", "", b"").await), 504, "the API does not answer");
    let mut stream = connect(&sidecar, "POST /call/other/", "Content-Length: 1000000\r\n").await;
    stream.write_all(&[b'x'; 70_000]).await.unwrap();
    let mut some = [0; 12];
    stream.read_exact(&mut some).await.unwrap();
    assert_eq!(&some, b"HTTP/1.1 408", "the caller sends nothing more");
    let answer = call(&sidecar, "GET /call/other/", "", b"").await;
    assert!(answer.ends_with("\r\n\r\nhalf"), "the API stops in the middle: {answer}");
}

#[tokio::test]
async fn an_answer_ends_with_its_token_and_the_grace() {
    let api = Hostile::with(|mut stream, _, _| async move {
        let _ = head(&mut stream).await;
        let begins = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
        stream.write_all(begins).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let (world, sidecar) = before_with(&api, "grace_seconds = 30").await;
    let mut stream = connect(&sidecar, "GET /call/other/", "").await;
    let mut some = vec![0; 20];
    stream.read_exact(&mut some).await.unwrap();
    world.clock().forward(Duration::from_secs(7_200));
    let rest = rest(&mut stream).await;
    assert!(rest.contains("data: 1") && !rest.ends_with("0\r\n\r\n"), "broken off, not ended: {rest}");
}

#[tokio::test]
async fn a_request_ends_with_its_token_and_the_grace() {
    let (arrived, mut arrives) = mpsc::unbounded_channel();
    let api = Hostile::with(move |mut stream, _, _| {
        let arrived = arrived.clone();
        async move {
            let _ = head(&mut stream).await;
            arrived.send(()).unwrap();
            // Takes whatever comes, and says nothing.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    })
    .await;
    let (world, sidecar) = before_with(&api, "grace_seconds = 30").await;
    let mut stream = connect(&sidecar, "POST /call/other/", "Content-Length: 1000000\r\n").await;
    stream.write_all(&[b'x'; 70_000]).await.unwrap();
    arrives.recv().await.unwrap();
    world.clock().forward(Duration::from_secs(7_200));
    let mut some = [0; 12];
    stream.read_exact(&mut some).await.unwrap();
    assert_eq!(&some, b"HTTP/1.1 504");
}

#[tokio::test]
async fn an_api_that_is_away_or_breaks_off_is_told_from_one_that_answers() {
    let api = Hostile::with(|stream, _, _| async move { drop(stream) }).await;
    let (_world, sidecar) = before(&api).await;
    let answer = call(&sidecar, "POST /call/other/", "", b"x").await;
    assert_eq!(status(&answer), 502, "{answer}");
    let api = Hostile::answering(&[
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nfine".to_owned()
    ])
    .await;
    let (_world, sidecar) = super::before(&api).await;
    assert_eq!(status(&call(&sidecar, "GET /call/other/", "", b"").await), 502);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = helseid_testkit::World::start(helseid_protocol::rule::Profile::Helseid).await.unwrap();
    let sidecar = crate::world::sidecar(&world, &format!("[api.away]\nurl = \"http://{free}\"")).await;
    let answer = call(&sidecar, "GET /call/away/13109525611", "", b"").await;
    assert_eq!((status(&answer), answer.contains("13109525611")), (502, false), "{answer}");
}
