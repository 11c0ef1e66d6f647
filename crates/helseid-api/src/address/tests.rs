//! What a proxy may name, text by text.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, Request};

use super::forwarded::{standard, x_forwarded};
use super::*;

const PEER: [u8; 4] = [10, 0, 0, 1];

fn headers(values: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn proxies() -> TrustedProxies {
    let peer = |extensions: &Extensions| extensions.get::<IpAddr>().copied();
    TrustedProxies::new(["10.0.0.0/8"], ["api.example", "*.clinics.example"], peer).unwrap()
}

/// What a trusted proxy that sends this names.
fn named(forwarded: &str) -> Option<String> {
    let values = headers(&[("forwarded", forwarded)]);
    let named = proxies().address_for(Some(PEER.into()), &values).ok().flatten();
    named.map(|target| target.to_string())
}

#[test]
fn a_proxy_names_a_scheme_of_the_web_and_a_host_and_no_path() {
    assert_eq!(named("proto=https;host=api.example").as_deref(), Some("https://api.example/"));
    assert_eq!(named("proto=HTTP;host=api.example").as_deref(), Some("http://api.example/"));
    for wrong in [
        "proto=ftp;host=api.example",
        "proto=https;host=\"api.example/v2\"",
        "proto=https;host=\"evil@api.example\"",
        "proto=https;host=\"api.example?a\"",
        "proto=https;host=\"api.example#a\"",
        "proto=https;host=\"api.example\\\\a\"",
    ] {
        assert_eq!(named(wrong), None, "{wrong}");
    }
}

#[test]
fn a_star_is_for_names_below_alone() {
    let knows = |address: &str| proxies().knows(&Target::parse(address).unwrap());
    assert!(knows("https://a.clinics.example/") && knows("https://b.a.clinics.example/"));
    for other in ["https://clinics.example/", "https://.clinics.example/", "https://aclinics.example/"] {
        assert!(!knows(other), "{other}");
    }
}

#[test]
fn an_address_is_of_a_request_with_its_peer() {
    let request = Request::builder().header("forwarded", "proto=https;host=api.example");
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    assert_eq!(proxies().address(&parts).unwrap(), None);
    parts.extensions.insert(IpAddr::from(PEER));
    let address = proxies().address(&parts).unwrap().map(|address| address.to_string());
    assert_eq!(address.as_deref(), Some("https://api.example/"));
}

#[test]
fn a_parameter_that_is_not_known_is_passed_over_if_its_name_is_a_token() {
    let is_read = |text: &str| {
        let values = headers(&[("forwarded", text)]);
        standard(&values, |_| false).is_ok_and(|address| address.is_some())
    };
    assert!(is_read("by=10.0.0.1;secret=a;proto=https;host=api.example"));
    assert!(!is_read("=a;proto=https;host=api.example"));
    assert!(!is_read("a b=a;proto=https;host=api.example"));
    assert!(!is_read("a@b=a;proto=https;host=api.example"));
}

#[test]
fn a_port_is_added_to_a_host_without_one_and_a_value_has_4_kib_at_most() {
    let read = |host: &str, port: &str| {
        let values = [("x-forwarded-proto", "https"), ("x-forwarded-host", host), ("x-forwarded-port", port)];
        x_forwarded(&headers(&values)).ok().flatten().map(|asked| asked.host)
    };
    for (host, expected) in [
        ("api.example", "api.example:8443"),
        ("api.example:444", "api.example:444"),
        ("[::1]", "[::1]:8443"),
        ("[::1]:444", "[::1]:444"),
    ] {
        assert_eq!(read(host, "8443").as_deref(), Some(expected));
    }
    let (long, longer) = ("a".repeat(4096), "a".repeat(4097));
    assert_eq!(read(&long, "1"), Some(format!("{long}:1")));
    assert_eq!(read(&longer, "1"), None);
    assert!(read(&"a".repeat(9000), "1").is_none());
}

#[test]
fn proxies_show_whom_they_believe_and_not_how_a_peer_is_found() {
    let shown = format!("{:?}", proxies().prefix("/v1").unwrap());
    let expected = "TrustedProxies { networks: [10.0.0.0/8], hosts: [\"api.example\", \"*.clinics.example\"], \
                    header: Forwarded, prefix: \"/v1\", .. }";
    assert_eq!(shown, expected);
}
