//! What an API asks for in place of an answer, and how often.

use super::hostile::Hostile;
use super::{OK, before, call, refusal, status};

#[tokio::test]
async fn a_small_body_is_sent_again_with_the_nonce() {
    let api = Hostile::answering(&[refusal("use_dpop_nonce", "first"), OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    for (lines, body) in
        [("", &b"a body"[..]), ("Transfer-Encoding: chunked\r\n", b"6\r\na body\r\n0\r\n\r\n")]
    {
        assert_eq!(status(&call(&sidecar, "POST /call/other/", lines, body).await), 200);
    }
    let seen = api.seen();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen.iter().all(|request| request.body == b"a body"), "{seen:?}");
    assert_ne!(seen[0].header("dpop"), seen[1].header("dpop"));
}

#[tokio::test]
async fn an_api_is_not_followed_for_ever() {
    for (answer, requests, expected) in [
        (refusal("use_dpop_nonce", "never"), 2, 502),
        (refusal("use_dpop_nonce", ""), 1, 502),
        (refusal("use_dpop_nonce", &"n".repeat(300)), 1, 502),
        (refusal("invalid_token", ""), 2, 401),
        (refusal("insufficient_scope", ""), 1, 401),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(), 1, 401),
        (refusal("use_dpop_nonce", "n").replace("401 Unauthorized", "503 Away"), 1, 503),
        (refusal("use_dpop_nonce", "n").replace("401 Unauthorized", "200 OK"), 1, 200),
    ] {
        let api = Hostile::answering(std::slice::from_ref(&answer)).await;
        let (_world, sidecar) = before(&api).await;
        assert_eq!(status(&call(&sidecar, "POST /call/other/", "", b"x").await), expected, "{answer}");
        assert_eq!(api.seen().len(), requests, "{answer}");
    }
}

#[tokio::test]
async fn a_token_is_not_replaced_again_and_again() {
    let api = Hostile::answering(&[refusal("invalid_token", "")]).await;
    let (_world, sidecar) = before(&api).await;
    for requests in [2, 3, 4] {
        assert_eq!(status(&call(&sidecar, "GET /call/other/", "", b"").await), 401);
        assert_eq!(api.seen().len(), requests);
    }
    let tokens: std::collections::BTreeSet<_> =
        api.seen().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens.len(), 2);
}

#[tokio::test]
async fn a_large_body_is_sent_once_and_when_the_nonce_is_known() {
    let head = "HTTP/1.1 200 OK\r\nDPoP-Nonce: newer\r\n\r\n".to_owned();
    let api = Hostile::answering(&[refusal("use_dpop_nonce", "first"), head, OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let body = vec![b'x'; 100_000];
    let answer = call(&sidecar, "POST /call/other/upload", "", &body).await;
    assert_eq!(status(&answer), 401, "{answer}");
    assert!(
        answer.contains("application/problem+json") && answer.contains("\"error\":\"use_dpop_nonce\""),
        "{answer}"
    );
    assert!(
        answer.contains("x-helseid-sidecar: refusal") && answer.contains("www-authenticate: DPoP"),
        "{answer}"
    );
    assert_eq!(status(&call(&sidecar, "POST /call/other/upload", "", &body).await), 200);
    let seen = api.seen();
    let lines: Vec<_> = seen.iter().map(|request| (request.line(), request.body.len())).collect();
    assert_eq!(
        lines,
        [
            ("POST /base/upload HTTP/1.1", 100_000),
            ("HEAD /base HTTP/1.1", 0),
            ("POST /base/upload HTTP/1.1", 100_000)
        ]
    );
}

#[tokio::test]
async fn a_large_body_whose_token_is_refused_passes_the_next_time() {
    let api = Hostile::answering(&[refusal("invalid_token", ""), OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let body = vec![b'x'; 100_000];
    let answer = call(&sidecar, "PUT /call/other/upload", "", &body).await;
    assert_eq!(status(&answer), 401, "{answer}");
    assert!(answer.contains("\"error\":\"invalid_token\""), "{answer}");
    assert_eq!(status(&call(&sidecar, "PUT /call/other/upload", "", &body).await), 200);
    assert_eq!(api.seen().len(), 2);
}
