//! Which address a proof must be for, behind proxies, prefixes and nested routers, and however it is written.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use helseid_api::{ApiProtectionBuilder, Caller, ForwardedHeader, InvalidProxies, TrustedProxies};
use helseid_protocol::rule::Rule;
use http::{Extensions, Request};

use crate::world::{World, answer, ask, outcome, rule};

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}

fn proxies() -> TrustedProxies {
    TrustedProxies::new(["10.0.0.0/8", "::1"], ["api.example", "*.clinics.example", "[2001:db8::1]"], peer)
        .unwrap()
}

fn router(world: &World, change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder) -> Router {
    let builder = helseid_api::ApiProtection::builder(crate::world::ISSUER, crate::world::AUDIENCE);
    let builder = change(builder.keys(world.issuer.keys()).clock(world.clock.clone()));
    Router::new().fallback(get(|_: Caller| async {})).layer(builder.build().unwrap().layer())
}

/// A request for `url` that comes from `from` to the path `path`, with these headers.
fn request(
    world: &World,
    url: &str,
    path: &str,
    from: &str,
    headers: &[(&'static str, &str)],
) -> Request<Body> {
    let mut request = world.sent_to(url).build(Body::empty());
    *request.uri_mut() = path.parse().unwrap();
    request.headers_mut().remove("host");
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    let from: IpAddr = from.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 4711))));
    request
}

const WRONG: Option<Rule> = Some(Rule::DpopHtu);

#[tokio::test]
async fn forwarded_is_believed_of_trusted_addresses_and_for_hosts_that_were_told() {
    let world = World::new();
    let behind = router(&world, |builder| builder.trusted_proxies(proxies()));
    let https = "proto=https;host=api.example";
    for (url, from, forwarded, expected) in [
        ("https://api.example/who", "10.1.2.3", https, None),
        ("https://api.example/who", "::ffff:10.1.2.3", https, None),
        ("https://api.example/who", "::1", https, None),
        ("https://api.example:8443/who", "10.1.2.3", "proto=https;host=\"api.example:8443\"", None),
        ("https://a.clinics.example/who", "10.1.2.3", "proto=https;host=A.Clinics.Example", None),
        ("https://[2001:db8::1]/who", "10.1.2.3", "proto=https;host=\"[2001:db8::1]\"", None),
        ("http://api.example/who", "10.1.2.3", "proto=http;host=api.example", None),
        ("https://api.example/who", "10.1.2.3", "proto=http;host=api.example", WRONG),
        ("https://evil.example/who", "10.1.2.3", "proto=https;host=evil.example", WRONG),
        ("https://clinics.example/who", "10.1.2.3", "proto=https;host=clinics.example", WRONG),
        ("https://xclinics.example/who", "10.1.2.3", "proto=https;host=xclinics.example", WRONG),
        (
            "https://api.example.evil.example/who",
            "10.1.2.3",
            "proto=https;host=api.example.evil.example",
            WRONG,
        ),
        ("https://api.example/who", "10.1.2.3", "proto=https;host=\"u@api.example\"", WRONG),
        ("https://api.example/who", "10.1.2.3", "proto=https;host=\"api.example/x\"", WRONG),
        ("https://api.example/who", "10.1.2.3", "proto=ftp;host=api.example", WRONG),
        ("https://api.example/who", "10.1.2.3", "proto=https", WRONG),
        ("https://api.example/who", "203.0.113.9", https, WRONG),
    ] {
        let request = request(&world, url, "/who", from, &[("forwarded", forwarded)]);
        assert_eq!(rule(&ask(&behind, request).await), expected, "{url} from {from}: {forwarded}");
    }
    // The other kind of header may come from anyone, and is passed over.
    let x = [("x-forwarded-proto", "https"), ("x-forwarded-host", "api.example")];
    let other = request(&world, "https://api.example/who", "/who", "10.1.2.3", &x);
    assert_eq!(rule(&ask(&behind, other).await), WRONG);
    // Nor does a name on loopback do where a proxy is to say the name.
    let local = request(&world, "http://localhost/who", "/who", "10.1.2.3", &[("host", "localhost")]);
    assert_eq!(rule(&ask(&behind, local).await), WRONG);
    let mut nobody = request(&world, "https://api.example/who", "/who", "10.1.2.3", &[("forwarded", https)]);
    nobody.extensions_mut().clear();
    assert_eq!(rule(&ask(&behind, nobody).await), WRONG);
}

#[tokio::test]
async fn x_forwarded_is_believed_by_choice_with_its_prefix() {
    let world = World::new();
    let trusted = proxies().header(ForwardedHeader::XForwarded);
    let behind = router(&world, |builder| builder.trusted_proxies(trusted));
    let base = [("x-forwarded-proto", "https"), ("x-forwarded-host", "api.example")];
    let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
    for (url, headers, expected) in [
        ("https://api.example/who", with(&[]), None),
        ("https://api.example/v1/who", with(&[("x-forwarded-prefix", "/v1/")]), None),
        ("https://api.example:8443/who", with(&[("x-forwarded-port", "8443")]), None),
        ("https://api.example/who", with(&[("x-forwarded-port", "443")]), None),
        ("https://api.example/who", with(&[("x-forwarded-host", "api.example")]), WRONG),
        ("https://api.example/who", with(&[("x-forwarded-prefix", "v1")]), WRONG),
        ("https://api.example/who", vec![base[0]], WRONG),
        ("https://api.example/who", with(&[("forwarded", "proto=http;host=evil.example")]), None),
    ] {
        let request = request(&world, url, "/who", "10.0.0.1", &headers);
        assert_eq!(rule(&ask(&behind, request).await), expected, "{url} {headers:?}");
    }
}

#[tokio::test]
async fn without_a_word_of_the_proxy_the_told_address_holds() {
    let world = World::new();
    let both = router(&world, |builder| {
        builder.public_url("https://api.example/v1").trusted_proxies(proxies().prefix("/v2/").unwrap())
    });
    let from = |from: &str, url: &str, forwarded: &[(&'static str, &str)]| {
        request(&world, url, "/who", from, forwarded)
    };
    let forged = [("forwarded", "proto=https;host=a.clinics.example")];
    assert_eq!(rule(&ask(&both, from("203.0.113.9", "https://api.example/v1/who", &forged)).await), None);
    assert_eq!(rule(&ask(&both, from("10.0.0.1", "https://api.example/v1/who", &[])).await), None);
    assert_eq!(rule(&ask(&both, from("10.0.0.1", "https://a.clinics.example/v2/who", &forged)).await), None);
    assert_eq!(rule(&ask(&both, from("10.0.0.1", "https://api.example/v1/who", &forged)).await), WRONG);
}

#[test]
fn proxies_that_make_no_sense_are_refused() {
    let new = |network: &'static str, host: &'static str| TrustedProxies::new([network], [host], peer);
    assert!(matches!(new("10.0.0.0/33", "a.example"), Err(InvalidProxies::Network(_))));
    assert!(matches!(new("proxy.example", "a.example"), Err(InvalidProxies::Network(_))));
    for host in ["", "*", "*.", "a.example:443", "a.example/x", "u@a.example", "a b", "*.*.example"] {
        assert!(matches!(new("10.0.0.1", host), Err(InvalidProxies::Host(_))), "{host}");
    }
    assert!(matches!(TrustedProxies::new([], ["a.example"], peer), Err(InvalidProxies::Empty)));
    assert!(matches!(TrustedProxies::new(["::1"], [], peer), Err(InvalidProxies::Empty)));
    assert!(matches!(proxies().prefix("v1"), Err(InvalidProxies::Prefix(_))));
}

#[tokio::test]
async fn addresses_are_compared_in_their_normal_form() {
    let world = World::new();
    let told = |url: &str| router(&world, |builder| builder.public_url(url));
    for (public, path, htu, expected) in [
        ("https://api.example", "/who", "HTTPS://API.EXAMPLE:443/who", None),
        ("https://api.example:443/", "/who", "https://api.example/who", None),
        ("https://api.example:8443", "/who", "https://api.example:8443/who", None),
        ("https://api.example:8443", "/who", "https://api.example/who", WRONG),
        ("https://api.example", "/a/b", "https://api.example/./x/../a/b", None),
        ("https://api.example", "/a/../who", "https://api.example/who", None),
        ("https://api.example", "/../../who", "https://api.example/who", None),
        ("https://api.example/v1", "/a/../who", "https://api.example/v1/who", None),
        ("https://api.example/v1", "/../v1/who", "https://api.example/v1/who", None),
        ("https://api.example/v1", "/../who", "https://api.example/who", WRONG),
        ("https://api.example/v1", "/%2e%2e/who", "https://api.example/who", WRONG),
        ("https://api.example/v1", "/../v12/who", "https://api.example/v12/who", WRONG),
        ("https://api.example", "/a//b", "https://api.example/a//b", None),
        ("https://api.example", "/a//b", "https://api.example/a/b", WRONG),
        ("https://api.example", "//who", "https://api.example//who", None),
        ("https://api.example", "//who", "https://api.example/who", WRONG),
        ("https://api.example", "/%7ewho", "https://api.example/~who", None),
        ("https://api.example", "/a%2fb", "https://api.example/a%2Fb", None),
        ("https://api.example", "/a%2Fb", "https://api.example/a/b", WRONG),
        ("https://api.example", "/who?all=1", "https://api.example/who", None),
        ("https://api.example", "/", "https://api.example", None),
        ("https://api.example", "/Who", "https://api.example/who", WRONG),
        ("https://xn--hlse-voa.example", "/who", "https://h\u{e6}lse.example/who", None),
        ("https://h\u{e6}lse.example", "/who", "https://xn--hlse-voa.example/who", None),
        ("https://[2001:DB8:0::1]:8443", "/who", "https://[2001:db8::1]:8443/who", None),
        ("https://[2001:db8::1]", "/who", "https://[2001:db8::2]/who", WRONG),
    ] {
        let sent = world.sent().proof(|proof| proof.claim("htu", htu));
        let mut request = sent.build(Body::empty());
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(rule(&ask(&told(public), request).await), expected, "{public} {path} {htu}");
    }
}

#[tokio::test]
async fn a_router_inside_another_knows_the_whole_path() {
    let world = World::new();
    let layer = world.builder().build().unwrap().layer();
    let inner = Router::new().route("/who", get(|_: Caller| async {})).layer(layer);
    let outer = Router::new().nest("/v1", inner);
    let sent = world.sent_to("https://api.example/v1/who");
    assert!(answer(&outer, &sent).await.status().is_success());
    let cut = world.sent().proof(|proof| proof.claim("htu", "https://api.example/who"));
    let mut request = cut.build(Body::empty());
    *request.uri_mut() = "/v1/who".parse().unwrap();
    assert_eq!(rule(&ask(&outer, request).await), WRONG);
    assert_eq!(outcome(&outer, &world.sent_to("https://api.example/v1/who")).await, None);
}
