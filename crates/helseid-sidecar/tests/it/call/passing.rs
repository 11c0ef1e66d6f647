//! What passes, and what does not.

use helseid_protocol::rule::Profile;
use helseid_testkit::World;

use super::hostile::Hostile;
use super::{OK, before, call, refusal, status};
use crate::world::{Folder, KEY, open, run, sidecar};

#[tokio::test]
async fn a_real_api_is_called_and_its_nonces_are_followed() {
    for nonces in [false, true] {
        let change = |protection: helseid_api::ApiProtectionBuilder| match nonces {
            true => protection.nonces([7; 32]),
            false => protection,
        };
        let world = World::start_with(Profile::Helseid, change).await.unwrap();
        let sidecar = sidecar(&world, "").await;
        for _ in 0..2 {
            let answer = call(&sidecar, "GET /call/sample/whoami?q=1", "", b"").await;
            assert_eq!(status(&answer), 200, "{answer}");
            assert!(answer.contains(world.client_id.as_str()), "{answer}");
            assert!(!answer.to_lowercase().contains("dpop-nonce"), "{answer}");
        }
        assert_eq!(status(&call(&sidecar, "GET /call/sample/elsewhere", "", b"").await), 404);
    }
}

#[tokio::test]
async fn address_method_headers_and_body_arrive_as_they_were_sent() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let lines = "Accept: text/plain\r\nX-Trace: a\r\nX-Trace: b\r\nX-Mine: 1\r\nConnection: X-Mine\r\n\
                 Proxy-Authorization: Basic eA==\r\nKeep-Alive: timeout=5\r\nContent-Type: application/fhir+json\r\n";
    let answer = call(&sidecar, "PROPFIND /call/other/Patient/1?_id=bl%C3%A5&a=b", lines, b"{}").await;
    assert!(answer.ends_with("\r\n\r\nfine"), "{answer}");
    let seen = &api.seen()[0];
    assert_eq!(seen.line(), "PROPFIND /base/Patient/1?_id=bl%C3%A5&a=b HTTP/1.1");
    assert_eq!(seen.body, b"{}");
    assert_eq!(seen.header("host"), Some(api.address.to_string().as_str()));
    assert_eq!((seen.header("accept"), seen.all("x-trace")), (Some("text/plain"), vec!["a", "b"]));
    assert_eq!(seen.all("content-length"), ["2"]);
    assert_eq!((seen.all("authorization").len(), seen.all("dpop").len()), (1, 1));
    assert!(seen.header("authorization").unwrap().starts_with("DPoP "), "{seen:?}");
    for gone in ["x-mine", "connection", "keep-alive", "proxy-authorization", "x-helseid-sidecar"] {
        assert_eq!(seen.header(gone), None, "{gone} in {seen:?}");
    }
}

#[tokio::test]
async fn the_callers_key_stays_here() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = Folder::new(&world, &format!("[api.other]\nurl = \"http://{}\"", api.address));
    let file = Some(folder.path("shared.key"));
    let flags = helseid_sidecar::ListenFlags { insecure_no_key: false, shared_key_file: file, ..open() };
    let sidecar = run(&world, folder, flags).await;
    assert_eq!(status(&call(&sidecar, "GET /call/other", "", b"").await), 401);
    assert!(api.seen().is_empty());
    let key = format!("X-HelseID-Key: {KEY}\r\n");
    assert_eq!(status(&call(&sidecar, "GET /call/other", &key, b"").await), 200);
    assert!(!format!("{:?}", api.seen()).contains(KEY));
    let page = format!("{key}Origin: http://localhost:8481\r\n");
    assert_eq!(status(&call(&sidecar, "GET /call/other", &page, b"").await), 403);
}

#[tokio::test]
async fn an_answer_comes_back_without_what_was_said_to_the_sidecar_and_no_redirect_is_followed() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nSet-Cookie: a=b\r\nDPoP-Nonce: n\r\n\
                  Clear-Site-Data: \"*\"\r\nX-HelseID-Sidecar: refusal\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\nX-Kept: 1\r\n\
                  Content-Length: 5\r\n\r\nmoved";
    let api = Hostile::answering(&[answer.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let answer = call(&sidecar, "GET /call/other/", "", b"").await.to_lowercase();
    assert_eq!(status(&answer), 302);
    assert!(
        answer.contains("location: http://127.0.0.1:1/elsewhere\r\n") && answer.contains("x-kept: 1"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\nmoved"), "{answer}");
    for gone in ["set-cookie", "dpop-nonce", "clear-site-data", "x-hop", "x-helseid-sidecar"] {
        assert!(!answer.contains(gone), "{gone} in {answer}");
    }
    assert_eq!(api.seen().len(), 1);
}

#[tokio::test]
async fn trailers_pass_by_a_list_in_both_directions() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest, Set-Cookie\r\n\r\n\
                  4\r\nfine\r\n0\r\nDigest: sha-256=x\r\nSet-Cookie: a=b\r\n\r\n";
    let api = Hostile::answering(&[answer.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let lines = "TE: trailers\r\nTrailer: Digest, Authorization\r\nTransfer-Encoding: chunked\r\n";
    let body = b"4\r\nbody\r\n0\r\nDigest: sha-256=y\r\nAuthorization: DPoP x\r\n\r\n";
    let answer = call(&sidecar, "POST /call/other/", lines, body).await.to_lowercase();
    assert!(answer.contains("\r\n0\r\ndigest: sha-256=x\r\n\r\n"), "{answer}");
    assert!(!answer.contains("set-cookie"), "{answer}");
    let seen = &api.seen()[0];
    let body = String::from_utf8(seen.body.clone()).unwrap().to_lowercase();
    assert!(body.contains("digest: sha-256=y") && !body.contains("authorization"), "{body}");
    assert_eq!((seen.header("te"), seen.header("trailer")), (Some("trailers"), Some("digest")));
}

#[tokio::test]
async fn the_length_of_what_a_head_request_would_get_is_told() {
    let api = Hostile::answering(&["HTTP/1.1 200 OK\r\nContent-Length: 4711\r\n\r\n".to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let answer = call(&sidecar, "HEAD /call/other/", "", b"").await.to_lowercase();
    assert!(answer.contains("content-length: 4711\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn an_organisation_is_one_of_those_that_may_be_chosen() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    for (lines, expected) in [
        ("X-HelseID-Organisation-Child: 883974832\r\n", 403),
        ("X-HelseID-Organisation-Child: 12345678\r\n", 400),
        ("X-HelseID-Organisation-Parent: 994598759\r\nX-HelseID-Organisation-Parent: 994598759\r\n", 400),
    ] {
        assert_eq!(status(&call(&sidecar, "GET /call/other/", lines, b"").await), expected, "{lines}");
    }
    assert!(api.seen().is_empty());
}

#[tokio::test]
async fn an_answer_of_the_sidecar_is_told_from_one_of_the_api() {
    let api = Hostile::answering(&[refusal("insufficient_scope", "")]).await;
    let (_world, sidecar) = before(&api).await;
    let answer = call(&sidecar, "GET /call/other/", "", b"").await;
    assert_eq!((status(&answer), answer.contains("x-helseid-sidecar")), (401, false), "{answer}");
    for (target, lines, expected) in [
        ("/call/unknown/", "", 404),
        ("/call/other/", "Authorization: Bearer a\r\n", 400),
        ("/call/other/", "X-HelseID-Key: a\r\n", 401),
        ("/call/other/", "Origin: https://app.example\r\n", 403),
        ("http://evil.example/call/other/", "", 421),
    ] {
        let answer = call(&sidecar, &format!("GET {target}"), lines, b"").await;
        let is_own = answer.contains("x-helseid-sidecar: refusal");
        assert_eq!((status(&answer), is_own), (expected, true), "{target} {answer}");
    }
}
