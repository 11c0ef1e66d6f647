//! Requests that two readers would frame in two ways, and those that would be more than requests. All by raw sockets.

use tokio::io::AsyncWriteExt as _;

use super::hostile::Hostile;
use super::{OK, before, call, connect, rest, status};

#[tokio::test]
async fn a_length_beside_chunks_is_passed_over_and_the_connection_closes() {
    for lines in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    ] {
        let api = Hostile::answering(&[OK.to_owned()]).await;
        let (_world, sidecar) = before(&api).await;
        let mut stream = connect(&sidecar, "POST /call/other/a", lines).await;
        let second = "GET /call/other/smuggled HTTP/1.1\r\nHost: x\r\nX-HelseID-Sidecar: 1\r\n\r\n";
        stream.write_all(format!("4\r\nbody\r\n0\r\n\r\n{second}").as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert_eq!((status(&answer), answer.matches("HTTP/1.1").count()), (200, 1), "{answer}");
        let seen = api.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!((seen[0].body.as_slice(), seen[0].all("content-length")), (&b"body"[..], vec!["4"]));
        assert_eq!(seen[0].header("transfer-encoding"), None);
    }
}

#[tokio::test]
async fn what_has_no_one_length_is_refused() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    for lines in [
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4, 5\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: -4\r\n",
        "Content-Length: 0x4\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\n\tContent-Length: 5\r\n",
        "X-A: a\0b\r\n",
    ] {
        let mut stream = connect(&sidecar, "POST /call/other/a", lines).await;
        let _ = stream.write_all(b"body").await;
        let answer = rest(&mut stream).await;
        assert_eq!(status(&answer), 400, "{lines:?} {answer}");
    }
    for chunks in ["zz\r\nbody\r\n0\r\n\r\n", "4\r\nbodyX\r\n0\r\n\r\n", "-1\r\n", "FFFFFFFFFFFFFFFFF\r\n"] {
        let mut stream = connect(&sidecar, "POST /call/other/a", "Transfer-Encoding: chunked\r\n").await;
        stream.write_all(chunks.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert_eq!(status(&answer), 400, "{chunks:?} {answer}");
    }
    assert!(api.seen().is_empty(), "{:?}", api.seen());
}

#[tokio::test]
async fn nothing_is_upgraded_tunnelled_or_repeated() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let own = sidecar.address.unwrap();
    for (line, lines) in [
        ("GET /call/other/a".to_owned(), "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        ("GET /call/other/a".to_owned(), "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n"),
        (format!("CONNECT {}", api.address), ""),
        (format!("CONNECT {own}"), ""),
        ("CONNECT evil.example:443".to_owned(), ""),
        ("TRACE /call/other/a".to_owned(), ""),
    ] {
        let answer = call(&sidecar, &line, lines, b"").await;
        let is_own = answer.contains("x-helseid-sidecar: refusal");
        assert_eq!((status(&answer), is_own), (501, true), "{line} {lines}");
    }
    assert!(api.seen().is_empty());
}

#[tokio::test]
async fn an_api_that_makes_another_connection_of_this_one_unasked_is_not_followed() {
    let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let api = Hostile::answering(&[switched.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let answer = call(&sidecar, "GET /call/other/a", "", b"").await;
    assert_eq!((status(&answer), answer.contains("x-helseid-sidecar: refusal")), (502, true), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("upgrade:"), "{answer}");
}

#[tokio::test]
async fn a_method_of_any_length_is_refused() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    for (length, expected) in [(33, 400), (32, 200)] {
        let line = format!("{} /call/other/a", "M".repeat(length));
        assert_eq!(status(&call(&sidecar, &line, "", b"").await), expected, "{length}");
    }
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn a_wish_for_http_2_is_passed_over_and_stays_here() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    // As the HttpClient of Java sends it.
    let lines =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\nX-Own: a\r\n";
    let answer = call(&sidecar, "POST /call/other/a", lines, b"body").await;
    assert_eq!(status(&answer), 200, "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("upgrade"), "{answer}");
    let seen = api.seen();
    assert_eq!((seen.len(), seen[0].body.as_slice(), seen[0].header("x-own")), (1, &b"body"[..], Some("a")));
    for name in ["upgrade", "http2-settings", "connection"] {
        assert_eq!(seen[0].header(name), None, "{name}: {seen:?}");
    }
}

#[tokio::test]
async fn the_callers_own_token_or_proof_is_refused() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    for lines in [
        "Authorization: Bearer x\r\n",
        "authorization: DPoP x\r\n",
        "DPoP: x\r\n",
        "Authorization: Bearer x\r\nConnection: authorization\r\n",
        "DPOP: \r\n",
    ] {
        assert_eq!(status(&call(&sidecar, "GET /call/other/a", lines, b"").await), 400, "{lines}");
    }
    assert!(api.seen().is_empty());
}
