//! What makes no sense is refused when it is built; what is called where, is compared with what was told.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use helseid_api::{ApiProtection, Caller, InvalidProtection, Profile, Scheme};
use helseid_protocol::rule::Rule;
use http::Request;

use crate::world::{World, ask, outcome, rule};

#[test]
fn settings_that_make_no_sense_are_refused() {
    let build = |issuer: &str, audience: &str, url: &str| {
        ApiProtection::builder(issuer, audience).public_url(url).build().map(drop)
    };
    let good = "https://a.example";
    assert!(matches!(build("http://sts.example", "a", good), Err(InvalidProtection::Issuer(..))));
    let (issuer, own) = ("http://helseid:8480", "http://api:5000");
    let named = |hosts: &[&str]| {
        let built =
            ApiProtection::builder(issuer, "a").public_url(own).insecure_http(hosts.iter().copied()).build();
        built.map(drop).map_err(|why| why.to_string())
    };
    assert_eq!(named(&["helseid", "api:5000"]), Ok(()));
    let missing = |hosts: &[&str], host: &str| {
        assert!(
            named(hosts).is_err_and(|why| why.ends_with(&format!("insecure_http, such as {host}"))),
            "{hosts:?}"
        );
    };
    missing(&[], "helseid:8480");
    missing(&["api", "helseid:1"], "helseid:8480");
    missing(&["helseid:8480"], "api:5000");
    assert!(
        named(&["helseid", "api", "http://api:5000"]).is_err_and(|why| why.contains("NAME or NAME:PORT"))
    );
    assert!(matches!(build("nonsense", "a", good), Err(InvalidProtection::Issuer(..))));
    assert!(matches!(build("http://localhost:1", "", good), Err(InvalidProtection::Audience(..))));
    for url in ["http://a.example", "https://a.example/?b", "a.example", "ftp://a.example"] {
        assert!(matches!(build(good, "a", url), Err(InvalidProtection::PublicUrl(..))), "{url}");
    }
    build("http://localhost:1", "a", "http://127.0.0.1:5000/prefix/").unwrap();
    let aged = |seconds| ApiProtection::builder(good, "a").max_key_age(Duration::from_secs(seconds)).build();
    assert!(matches!(aged(1_199), Err(InvalidProtection::KeyAge(_))) && aged(1_200).is_ok());
    for scheme in [Scheme::Bearer, Scheme::Transition, Scheme::Dpop] {
        let built = ApiProtection::builder(good, "a").profile(Profile::Fapi2).scheme(scheme).build();
        assert_eq!(matches!(built, Err(InvalidProtection::Scheme(..))), scheme != Scheme::Dpop, "{scheme:?}");
    }
    let protection = ApiProtection::builder(good, "a").build().unwrap();
    assert!(protection.require_scopes_all([]).is_err() && protection.require_scopes_any(["a b"]).is_err());
}

#[tokio::test]
async fn a_query_and_a_fragment_in_htu_are_ignored() {
    let world = World::new();
    let router = world.router();
    let sent = |htu: &str| world.sent().proof(|proof| proof.claim("htu", htu));
    for (htu, broken) in [
        ("https://api.example/who?all", None),
        ("https://api.example/who#top", None),
        ("https://api.example/?/who", Some(Rule::DpopHtu)),
        ("https://api.example/#/who", Some(Rule::DpopHtu)),
    ] {
        assert_eq!(outcome(&router, &sent(htu)).await, broken, "{htu}");
    }
}

#[tokio::test]
async fn a_proof_names_one_of_the_public_addresses_with_its_prefix() {
    let world = World::new();
    let builder = ApiProtection::builder(crate::world::ISSUER, crate::world::AUDIENCE)
        .public_url("https://Api.example:443/prefix/")
        .public_url("https://inner.example");
    let protection = builder.keys(world.issuer.keys()).clock(world.clock.clone()).build().unwrap();
    let router = Router::new().route("/who", get(|_: Caller| async {})).layer(protection.layer());
    for (url, expected) in [
        ("https://api.example/prefix/who", None),
        ("https://inner.example/who", None),
        ("https://api.example/who", Some(Rule::DpopHtu)),
        ("https://inner.example/prefix/who", Some(Rule::DpopHtu)),
    ] {
        let mut request = world.sent_to(url).build(Body::empty());
        *request.uri_mut() = "/who".parse().unwrap();
        assert_eq!(rule(&ask(&router, request).await), expected, "{url}");
    }
}

#[tokio::test]
async fn without_a_public_address_only_loopback_names_will_do() {
    let world = World::new();
    let builder = ApiProtection::builder(crate::world::ISSUER, crate::world::AUDIENCE);
    let protection = builder.keys(world.issuer.keys()).clock(world.clock.clone()).build().unwrap();
    let router = Router::new().route("/who", get(|_: Caller| async {})).layer(protection.layer());
    // Of 260 bytes; of more none is looked at.
    let longest = format!("{}localhost:5000", "a.".repeat(123));
    let longer = format!("a{longest}");
    let [longest_url, longer_url] = [&longest, &longer].map(|host| format!("http://{host}/who"));
    for (host, url, expected) in [
        ("localhost:5000", "http://localhost:5000/who", None),
        ("127.0.0.1:5000", "http://127.0.0.1:5000/who", None),
        ("[::1]:5000", "http://[::1]:5000/who", None),
        (&longest, &longest_url, None),
        (&longer, &longer_url, Some(Rule::DpopHtu)),
        ("api.example", "http://api.example/who", Some(Rule::DpopHtu)),
        ("localhost.example", "http://localhost.example/who", Some(Rule::DpopHtu)),
    ] {
        let mut request: Request<Body> = world.sent_to(url).build(Body::empty());
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(rule(&ask(&router, request).await), expected, "{host}");
    }
}
