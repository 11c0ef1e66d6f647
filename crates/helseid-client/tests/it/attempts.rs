//! The attempts of a call that something else sends, and tokens that were granted some other way.

use helseid_client::protocol::secret::AccessToken;
use helseid_client::{Challenge, ErrorKind, Retry, TokenRequest};
use http::{HeaderMap, Method, StatusCode};

use crate::world::{Reply, granted, unauthorized, world};

const NONCE: (&str, &str) = ("dpop-nonce", "n1");
const USE_NONCE: (&str, &str) = ("www-authenticate", r#"DPoP error="use_dpop_nonce""#);
const INVALID_TOKEN: (&str, &str) = ("www-authenticate", r#"DPoP error="invalid_token""#);

fn headers(named: &[(&'static str, &'static str)]) -> HeaderMap {
    named.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

#[tokio::test]
async fn whoever_sends_a_call_himself_is_told_what_each_response_means() {
    let world = world().await;
    world.authority.will([granted("first", 600), granted("second", 600)]);
    let mut attempts = world.client.attempts(Method::PUT, "https://api.example/x?y=z").unwrap();
    assert_eq!((attempts.method(), attempts.url().query()), (&Method::PUT, Some("y=z")));
    let mut sent = HeaderMap::new();
    let mut tokens = Vec::new();
    let responses = [
        (401, headers(&[USE_NONCE, NONCE]), Retry::Again(Challenge::Nonce)),
        (401, headers(&[INVALID_TOKEN]), Retry::Again(Challenge::NewToken)),
        (401, headers(&[INVALID_TOKEN]), Retry::Done),
    ];
    for (status, response, retry) in responses {
        attempts.headers().await.unwrap().apply(&mut sent);
        assert_eq!(sent.len(), 2, "the headers of an earlier attempt are replaced");
        tokens.push(sent["authorization"].to_str().unwrap().to_owned());
        assert_eq!(attempts.learn(StatusCode::from_u16(status).unwrap(), &response).unwrap(), retry);
    }
    assert_eq!(tokens, ["DPoP first", "DPoP first", "DPoP second"]);
    let error = attempts.learn(StatusCode::UNAUTHORIZED, &headers(&[USE_NONCE, NONCE])).expect_err("a loop");
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn the_headers_of_an_attempt_do_not_print_themselves() {
    let world = world().await;
    let mut attempts = world.client.attempts(Method::GET, "https://api.example/").unwrap();
    let headers = attempts.headers().await.unwrap();
    assert_eq!(headers.authorization(), "DPoP first");
    let shown = format!("{headers:?} {attempts:?} {:?}", headers.dpop());
    assert!(!shown.contains("first") && !shown.contains(".eyJ"), "{shown}");
}

#[tokio::test]
async fn attempts_can_have_tokens_of_their_own() {
    let world = world().await;
    let request = TokenRequest::default().resource("b".parse().unwrap());
    let attempts = world.client.attempts_for(request, Method::GET, "https://api.example/");
    attempts.unwrap().headers().await.unwrap().apply(&mut HeaderMap::new());
    assert_eq!(world.authority.parameters("resource"), [Some("b".to_owned())]);
    let insecure = world.client.attempts(Method::GET, "http://api.example/").expect_err("no https");
    assert_eq!(insecure.kind(), ErrorKind::Request);
}

#[tokio::test]
async fn a_token_that_was_granted_some_other_way_is_sent_and_not_replaced() {
    let world = world().await;
    world.api.will([
        unauthorized(USE_NONCE.1, Some("n1")),
        unauthorized(INVALID_TOKEN.1, None),
        Reply::Plain(200, Vec::new(), String::new()),
    ]);
    let call = world.client.get(&world.api_url()).access_token(AccessToken::new("the.users.token"));
    assert_eq!(call.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(world.api.authorizations(), ["DPoP the.users.token"; 2]);
    assert_eq!(world.authority.count(), 0);
    assert!(world.api.proofs()[1].contains_key("ath"));
}
