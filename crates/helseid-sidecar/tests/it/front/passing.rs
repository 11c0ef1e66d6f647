//! What reaches the API, and what a caller is told that does not.

use helseid_protocol::rule::Profile;
use helseid_testkit::{SCOPE, World};
use http::Method;

use super::{Front, KINDS, URL, challenges, gate, gate_with, sent};
use crate::gate::{lines, proof};

/// Claims and addresses that a caller makes up, in each spelling that some server takes for the same.
const FORGED: &str = "X-HelseID-Client-Id: forged\r\nX-HelseID-Pid: 13109525611\r\nX_HelseID_Pid: 13109525611\r\n\
    X.HelseID.Pid: 13109525611\r\nX.HelseID-Hpr_Number: 7\r\n\
    x-helseid-pid: 13109525611\r\nX-HelseID_Hpr-Number: 7\r\nX_HELSEID-HPR_NUMBER: 7\r\nX-HelseID-Claims: e30\r\n\
    x_helseid_claims: e30\r\nX-HelseID-Of-Tomorrow: 1\r\nX_HelseID_Orgnr-Child: 883974832\r\n\
    X-Original-URI: /v1/other\r\nX-Original-Method: DELETE\r\nX_Original_URI: /v1/other\r\n\
    X-Forwarded-Uri: /v1/other\r\nX-Forwarded-Method: DELETE\r\nX-Forwarded-Host: evil.example\r\n\
    X-Forwarded-Proto: http\r\nForwarded: host=evil.example;proto=http\r\n";

#[tokio::test]
async fn a_caller_reaches_the_api_with_claims_and_without_its_token() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, SCOPE).await;
        let front = Front::start(kind, &path);
        let client = world.client().unwrap();
        let lines = lines(&proof(&client, Method::GET, URL).await);
        let answer = front.get(&format!("{lines}{FORGED}")).await;
        assert_eq!((answer.status, answer.text("path")), (200, "/v1/patients?q=1"), "{kind:?} {answer:?}");
        assert_eq!(sent(&answer, "x-helseid-client-id"), [world.client_id.as_str()]);
        assert_eq!(sent(&answer, "x-helseid-scope"), [SCOPE]);
        assert_eq!(sent(&answer, "x-helseid-claims").len(), 1);
        assert_ne!(sent(&answer, "x-helseid-claims"), ["e30"]);
        for gone in ["pid", "hpr-number", "orgnr-child"] {
            assert_eq!(sent(&answer, &format!("x-helseid-{gone}")), [""; 0], "{kind:?} {gone}");
        }
        for gone in ["authorization", "dpop"] {
            assert_eq!(sent(&answer, gone), [""; 0], "{kind:?} {gone}");
        }
        assert!(!answer.head.contains("of-the-api"), "{answer:?}");
        let again = front.get(&lines).await;
        assert_eq!(again.status, 401, "{kind:?} {again:?}");
        assert!(
            again.header("www-authenticate").unwrap().contains("error=\"invalid_dpop_proof\""),
            "{again:?}"
        );
    }
}

/// What `Connection` names ends at the next hop (RFC 9110 section 7.6.1): a claim would be taken from the API.
#[tokio::test]
async fn a_caller_cannot_have_claims_taken_away_behind_the_gate() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, SCOPE).await;
        let front = Front::start(kind, &path);
        let lines = lines(&proof(&world.client().unwrap(), Method::GET, URL).await);
        let taken = "Connection: keep-alive, X-HelseID-Client-Id, X-HelseID-Claims\r\nConnection: x-helseid-scope\r\n";
        let answer = front.get(&format!("{lines}{taken}")).await;
        assert_eq!(answer.status, 200, "{kind:?} {answer:?}");
        for left in ["client-id", "claims", "scope"] {
            assert_eq!(sent(&answer, &format!("x-helseid-{left}")).len(), 1, "{kind:?} {left} {answer:?}");
        }
    }
}

#[tokio::test]
async fn every_header_that_the_gate_tells_is_in_the_shipped_files() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, SCOPE).await;
        let lines = lines(&proof(&world.client().unwrap(), Method::GET, URL).await);
        let of = match kind {
            super::Kind::Nginx => ("X-Original-Method", "X-Original-URI"),
            super::Kind::Caddy => ("X-Forwarded-Method", "X-Forwarded-Uri"),
        };
        let asked = format!(
            "GET /forward-auth/patients HTTP/1.1\r\nHost: localhost\r\n{}: GET\r\n{}: /v1/patients\r\n{lines}\r\n",
            of.0, of.1
        );
        let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        let told = crate::world::exchange(stream, &asked).await;
        assert_eq!(told.status, 200, "{told:?}");
        let shipped = kind.shipped().to_ascii_lowercase();
        let names = told.head.lines().filter_map(|line| line.split_once(": ").or(line.split_once(":")));
        let names: Vec<_> =
            names.map(|(name, _)| name).filter(|name| name.starts_with("x-helseid-")).collect();
        assert!(names.len() >= 13, "{names:?}");
        for name in names {
            let set = match kind {
                super::Kind::Nginx => format!("proxy_set_header {name} $"),
                super::Kind::Caddy => format!("request_header {name} {{"),
            };
            assert!(shipped.contains(&set), "{kind:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_body_passes_the_gate_by_and_reaches_the_api() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, SCOPE).await;
        let front = Front::start(kind, &path);
        let body = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let length = body.len();
        for (framing, sent) in [
            (format!("Content-Length: {length}"), body.to_owned()),
            ("Transfer-Encoding: chunked".to_owned(), format!("{length:x}\r\n{body}\r\n0\r\n\r\n")),
        ] {
            let lines = lines(&proof(&world.client().unwrap(), Method::POST, URL).await);
            let request =
                format!("POST /v1/patients HTTP/1.1\r\nHost: api.example\r\n{framing}\r\n{lines}\r\n{sent}");
            let answer = front.ask(&request).await;
            let told = (answer.status, answer.text("method"), answer.text("body"));
            assert_eq!(told, (200, "POST", body), "{kind:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn challenges_come_with_401_and_403_and_the_apis_own_refusals_stay() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, SCOPE).await;
        let front = Front::start(kind, &path);
        let client = world.client().unwrap();
        let none = front.get("").await;
        assert_eq!((none.status, challenges(&none)), (401, 1), "{kind:?} {none:?}");
        for path in ["/v1/%2e%2e/admin", "/v1/..%2fadmin", "/v1//patients", "/v1/../admin", "/admin"] {
            let lines = lines(&proof(&client, Method::GET, URL).await);
            let answer = front.ask(&format!("GET {path} HTTP/1.1\r\nHost: api.example\r\n{lines}\r\n")).await;
            assert_eq!(answer.status, 403, "{kind:?} {path} {answer:?}");
        }
        for status in [401, 403, 404, 500, 503] {
            let lines = lines(&proof(&client, Method::GET, URL).await);
            let answer = front.get(&format!("{lines}X-Status: {status}\r\n")).await;
            assert_eq!(
                (answer.status, answer.text("method")),
                (status, "GET"),
                "{kind:?}, the API's own: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_without_the_scope_is_refused_with_403_and_its_challenge() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, "norsk-helsenett:python-sample-api/write").await;
        let front = Front::start(kind, &path);
        let answer = front.get(&lines(&proof(&world.client().unwrap(), Method::GET, URL).await)).await;
        assert_eq!((answer.status, challenges(&answer)), (403, 1), "{kind:?} {answer:?}");
        assert!(answer.header("www-authenticate").unwrap().contains("insufficient_scope"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_token_and_its_proof_reach_the_api_where_the_section_says_so() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate_with(&world, kind, "pass_proof = true").await;
        let front = Front::start(kind, &path);
        let headers = proof(&world.client().unwrap(), Method::GET, URL).await;
        let answer = front.get(&lines(&headers)).await;
        assert_eq!(answer.status, 200, "{kind:?} {answer:?}");
        assert_eq!(sent(&answer, "authorization"), [headers.authorization().to_str().unwrap()], "{kind:?}");
        assert_eq!(sent(&answer, "dpop"), [headers.dpop().unwrap().to_str().unwrap()], "{kind:?}");
    }
}

#[tokio::test]
async fn what_a_challenge_leads_to_is_there_for_everybody() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for kind in KINDS {
        let (_gate, path) = gate(&world, kind, SCOPE).await;
        let front = Front::start(kind, &path);
        let refused = front.get("").await;
        let (_, named) =
            refused.text_of_challenge().split_once("resource_metadata=\"https://api.example").unwrap();
        let named = named.split('"').next().unwrap();
        let asked = |path: &str| {
            format!(
                "GET {path} HTTP/1.1\r\nHost: api.example\r\nOrigin: https://a.example\r\nX-Original-URI: /x\r\n\r\n"
            )
        };
        let document = front.ask(&asked(named)).await;
        assert_eq!((document.status, document.text("resource")), (200, "https://api.example/v1"), "{kind:?}");
        let other = front.ask(&asked("/.well-known/oauth-protected-resource/other")).await;
        assert_eq!(other.status, 404, "{kind:?} {other:?}");
    }
}
