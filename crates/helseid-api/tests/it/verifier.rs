//! The verifier over the facts of a request, without a layer: the same verdicts, and addresses of its own.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use helseid_api::test_util::{Broken, TestRequest};
use helseid_api::{ApiProtectionBuilder, Rejection, RequestFacts, RequestVerifier, TrustedProxies, Verified};
use helseid_protocol::rule::Rule;
use http::{HeaderMap, Method, Request, StatusCode};

use crate::world::{SCOPE, URL, World, ask, rule};

fn verifier(
    world: &World,
    change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
) -> RequestVerifier {
    let protection = change(world.builder()).build().unwrap();
    protection.require_scopes_all([SCOPE]).unwrap().into_verifier()
}

/// What there is to compare of a response: status, headers that matter, and the reason.
type Verdict = (StatusCode, Vec<String>, Option<String>);

fn verdict<B>(response: &http::Response<B>) -> Verdict {
    let headers = ["www-authenticate", "dpop-nonce", "retry-after", "content-type"];
    let values = headers.iter().flat_map(|name| response.headers().get_all(*name));
    let mut values: Vec<_> = values.map(|value| value.to_str().unwrap().to_owned()).collect();
    // Nonces are not the same twice, and the handler's own type is no part of a verdict.
    values.retain(|value| {
        value.starts_with("DPoP ") || value.parse::<u32>().is_ok() || value.contains("problem")
    });
    (response.status(), values, response.extensions().get::<Rejection>().map(ToString::to_string))
}

async fn by_layer(router: &axum::Router, headers: &HeaderMap) -> Response {
    let mut request = Request::get("/who").body(Body::empty()).unwrap();
    *request.headers_mut() = headers.clone();
    ask(router, request).await
}

async fn by_verifier(verifier: &RequestVerifier, headers: &HeaderMap) -> Verdict {
    match verifier.verify(RequestFacts::new(&Method::GET, "/who?with=a&query", headers)).await {
        Ok(verified) => {
            assert!(verified.caller().is_some());
            (StatusCode::OK, Vec::new(), None)
        }
        Err(refused) => {
            assert_eq!(refused.rejection().status(), refused.status());
            verdict(&refused.into_inner())
        }
    }
}

#[tokio::test]
async fn the_layer_and_the_verifier_give_the_same_verdicts() {
    let world = World::new();
    // Of its own scope, so that each has a caller and a proof of its own to judge.
    let (router, verifier) = (world.router(), verifier(&world, |builder| builder));
    let mut requests: Vec<TestRequest> =
        vec![world.sent(), world.client.clone().scope("nhn:api/other").request(&Method::GET, URL)];
    requests.extend(Broken::ALL.into_iter().map(|broken| world.sent().broken(broken)));
    let mut seen = std::collections::BTreeSet::new();
    for sent in &requests {
        let headers = sent.headers();
        // The second time it is a replay, where it was good.
        for _ in 0..2 {
            let expected = verdict(&by_layer(&router, &headers).await);
            assert_eq!(by_verifier(&verifier, &headers).await, expected);
            seen.insert(expected.2);
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
    let (none, mut strange) = (HeaderMap::new(), HeaderMap::new());
    strange.insert("authorization", "Basic eA==".parse().unwrap());
    for headers in [none, strange] {
        assert_eq!(by_verifier(&verifier, &headers).await, verdict(&by_layer(&router, &headers).await));
    }
}

#[tokio::test]
async fn a_nonce_is_required_and_a_new_one_is_given_as_by_the_layer() {
    let world = World::new();
    let nonces = |builder: ApiProtectionBuilder| builder.nonces([7; 32]);
    let (router, verifier) = (world.router_with(nonces), verifier(&world, nonces));
    let headers = world.sent().headers();
    let refused = verifier.verify(RequestFacts::new(&Method::GET, "/who", &headers)).await.unwrap_err();
    assert_eq!(
        verdict(&by_layer(&router, &headers).await).1,
        [refused.headers()["www-authenticate"].to_str().unwrap()]
    );
    let nonce = refused.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let with_nonce = || world.sent().nonce(&nonce).headers();
    let fresh = verifier.verify(RequestFacts::new(&Method::GET, "/who", &with_nonce())).await.unwrap();
    assert!(fresh.nonce().is_none());
    world.clock.forward(Duration::from_secs(31));
    let aged = verifier.verify(RequestFacts::new(&Method::GET, "/who", &with_nonce())).await.unwrap();
    assert!(aged.nonce().is_some_and(|new| *new != *nonce));
}

#[tokio::test]
async fn without_credentials_there_is_no_caller_where_they_are_optional() {
    let world = World::new();
    let optional = world.builder().build().unwrap().optional().into_verifier();
    let none = HeaderMap::new();
    let verified = optional.verify(RequestFacts::new(&Method::GET, "/who", &none)).await.unwrap();
    assert!(verified.caller().is_none());
    let headers = world.sent().headers();
    let verified = optional.verify(RequestFacts::new(&Method::GET, "/who", &headers)).await.unwrap();
    assert_eq!(verified.caller().unwrap().claims().client_id().unwrap().as_str(), "the-client");
}

#[tokio::test]
async fn a_url_as_the_caller_sees_it_must_be_one_of_the_apis_own() {
    let world = World::new();
    let verify = async |verifier: &RequestVerifier, url: &str, proof_for: &str| {
        let headers = world.sent_to(proof_for).headers();
        let verified: Result<Verified, _> =
            verifier.verify(RequestFacts::at_url(&Method::GET, url, &headers)).await;
        verified.err().map(|refused| rule(&refused.into_inner().map(|_| Body::empty())).unwrap())
    };
    let told = verifier(&world, |builder| builder.public_url("https://api.example/v1"));
    let told = async |url: &str| verify(&told, url, url).await;
    for own in [URL, "https://api.example/", "https://api.example/v1/who?query", "https://api.example/v1"] {
        assert_eq!(told(own).await, None, "{own}");
    }
    let below = world.builder_for("https://api.example/v1").build().unwrap().verifier();
    for other in [
        "https://api.example/v2/who",
        "https://api.example/v10",
        "https://api.example/v1/../who",
        "http://api.example/v1/who",
        "https://evil.example/v1/who",
        "https://api.example:8443/v1/who",
        "https://api.example.evil.example/v1",
        "http://localhost/v1",
    ] {
        assert_eq!(verify(&below, other, other).await, Some(Rule::DpopHtu), "{other}");
    }
    assert_eq!(verify(&below, "no URL", URL).await, Some(Rule::DpopHtu));
    // It is the caller's own, and not another of the API's.
    assert_eq!(
        verify(&below, "https://api.example/v1/a", "https://api.example/v1/b").await,
        Some(Rule::DpopHtu)
    );

    let proxies = TrustedProxies::new(["10.0.0.0/8"], ["*.clinics.example"], |_| None).unwrap();
    let behind = world.builder_for("").trusted_proxies(proxies).build().unwrap().verifier();
    let own = "https://one.clinics.example/who";
    assert_eq!(verify(&behind, own, own).await, None);
    let other = "https://clinics.example/who";
    assert_eq!(verify(&behind, other, other).await, Some(Rule::DpopHtu));
}

#[tokio::test]
async fn what_a_proxy_says_is_believed_from_a_trusted_peer_alone() {
    let world = World::new();
    let proxies = TrustedProxies::new(["10.0.0.0/8"], ["api.example"], |_| None).unwrap();
    let verifier = world.builder_for("").trusted_proxies(proxies).build().unwrap().verifier();
    let verify = async |peer: Option<[u8; 4]>| {
        let mut headers = world.sent().headers();
        headers.insert("forwarded", "proto=https;host=api.example".parse().unwrap());
        let facts = RequestFacts::new(&Method::GET, "/who", &headers);
        let facts = peer.map_or(facts, |peer| facts.peer(peer.into()));
        verifier.verify(facts).await.err().and_then(|refused| refused.rejection().rule())
    };
    assert_eq!(verify(Some([10, 0, 0, 1])).await, None);
    assert_eq!(verify(Some([203, 0, 113, 9])).await, Some(Rule::DpopHtu));
    assert_eq!(verify(None).await, Some(Rule::DpopHtu));
}
