//! Request targets, by raw sockets: none leads outside the API.

use super::hostile::Hostile;
use super::{OK, before, call, status};

#[tokio::test]
async fn no_target_leads_outside_the_api() {
    let api = Hostile::answering(&[OK.to_owned()]).await;
    let (_world, sidecar) = before(&api).await;
    let own = sidecar.address.unwrap();
    for (target, expected) in [
        ("/call/other/../admin", 400),
        ("/call/other/..", 400),
        ("/call/other/./a", 400),
        ("/call/other/a/../../admin", 400),
        ("/call/other/%2e%2e/admin", 400),
        ("/call/other/.%2E/admin", 400),
        ("/call/other/%252e%252e/admin", 400),
        ("/call/other/%2e%2e%2fadmin", 400),
        ("/call/other/..%2fadmin", 400),
        ("/call/other/..%252fadmin", 400),
        ("/call/other/..%5cadmin", 400),
        ("/call/other/..%255cadmin", 400),
        ("/call/other/a%00", 400),
        ("/call/other/a%2500", 400),
        ("/call/other/..;/admin", 400),
        ("/call/other/..;a=b/admin", 400),
        ("/call/other/..%3b/admin", 400),
        ("/call/other/%25252e%25252e/admin", 400),
        ("/call/other/a%0d%0ab", 400),
        ("/call/other/%61dmin", 400),
        ("/call/other/%zz", 400),
        ("/call/other//evil.example/a", 400),
        ("/call/other/a//b", 400),
        ("/call/other/a\\b", 400),
        ("/call/other\\a", 404),
        ("/call/other@evil.example/a", 404),
        ("/call/other:80@evil.example/a", 404),
        ("/call/otherx/a", 404),
        ("/call/%6fther/a", 404),
        ("/call/OTHER/a", 404),
        ("/call//other/a", 404),
        ("/call/", 404),
        ("/call", 404),
        ("/x/../call/other/a", 404),
        ("//call/other/a", 404),
        ("http://evil.example/call/other/a", 421),
        ("http://evil.example@127.0.0.1/call/other/a", 421),
    ] {
        let answer = call(&sidecar, &format!("GET {target}"), "", b"").await;
        assert_eq!(status(&answer), expected, "{target} {answer}");
        assert!(!answer.contains("admin") && !answer.contains("evil"), "{target} {answer}");
    }
    assert!(api.seen().is_empty(), "{:?}", api.seen());
    for (target, sent) in [
        ("/call/other", "/base"),
        ("/call/other/", "/base/"),
        ("/call/other?a=/../b", "/base?a=/../b"),
        ("/call/other/a..b/...?x=//evil.example", "/base/a..b/...?x=//evil.example"),
        ("/call/other/bl%C3%A5/100%25", "/base/bl%C3%A5/100%25"),
        (&format!("http://{own}/call/other/a"), "/base/a"),
    ] {
        assert_eq!(status(&call(&sidecar, &format!("GET {target}"), "", b"").await), 200, "{target}");
        assert_eq!(api.seen().last().unwrap().line(), format!("GET {sent} HTTP/1.1"));
    }
}
