//! Which headers pass between a caller and the API behind a session, and in which direction.

use ::http::header::{
    ALT_SVC, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE,
    HeaderName, LOCATION, SET_COOKIE, STRICT_TRANSPORT_SECURITY, VIA,
};
use ::http::{HeaderMap, HeaderValue, Method};
use helseid_admin_api::ShownCredentials;
use helseid_http::{end_to_end, header_list, is_of_connection};
use helseid_protocol::address::Base;
use url::Url;

/// The proof of a call (RFC 9449 section 4.1).
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// The nonce of an API (RFC 9449 section 9).
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// By which a session knows a call that it, or another, has handed on (RFC 9110 section 7.6.3).
const OURS: &str = "helseid-conformance";

/// Of the caller's, what is for the authority alone, or what some servers take for the address, the method or the sender in place of the
/// request's own.
const FOR_US: [&str; 19] = [
    "client-ip",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "proxy",
    "transfer-encoding",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-method",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];

/// How the others of them begin: what a proxy says, and what a gateway says of a caller whom it has checked.
const FOR_US_BEGIN: [&str; 2] = ["x-forwarded", "x-helseid-"];

/// What `Connection` must not take from a call between here and the API: what it is judged by, and what its body is.
const JUDGED_WITH: [HeaderName; 5] = [AUTHORIZATION, DPOP, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE];

/// Of the API's, what would be of the authority's own origin.
const OF_ITS_ORIGIN: [HeaderName; 5] = [
    ALT_SVC,
    HeaderName::from_static("clear-site-data"),
    SET_COOKIE,
    HeaderName::from_static("set-cookie2"),
    STRICT_TRANSPORT_SECURITY,
];

/// Whether a session has handed the call on before.
pub(super) fn came_by_a_session(sent: &HeaderMap) -> bool {
    header_list(sent, &VIA).any(|hop| hop.split_whitespace().any(|word| word == OURS))
}

/// Whether the API would see another call than the one that was judged, since `Connection` names a part of it.
pub(super) fn loses_what_it_was_judged_with(sent: &HeaderMap) -> bool {
    JUDGED_WITH.iter().any(|name| is_of_connection(sent, name))
}

/// Whether a header of a caller is not for the API. Servers that hand headers on as variables read `_` as `-`.
fn is_for_us(name: &HeaderName) -> bool {
    let name = name.as_str().replace('_', "-");
    FOR_US.contains(&&*name) || FOR_US_BEGIN.iter().any(|begin| name.starts_with(begin))
}

/// Headers of a caller that go to the API, with the address that the call was for in those that frameworks read.
pub(super) fn to_api(sent: &HeaderMap, shown: ShownCredentials, public: &Url) -> HeaderMap {
    let mut passed = end_to_end(sent);
    let for_us: Vec<_> = passed.keys().filter(|name| is_for_us(name)).cloned().collect();
    for name in for_us {
        passed.remove(name);
    }
    if shown == ShownCredentials::AsBearer {
        passed.remove(DPOP);
        if let Some(bearer) = as_bearer(sent) {
            passed.insert(AUTHORIZATION, bearer);
        }
    }
    let host = public.host_str().map(|host| match public.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    });
    for (name, value) in [
        ("x-forwarded-host", host.as_deref()),
        ("x-forwarded-proto", Some(public.scheme())),
        ("x-forwarded-prefix", Some(public.path())),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            passed.insert(HeaderName::from_static(name), value);
        }
    }
    passed.append(VIA, via());
    passed
}

/// The same token by the other scheme (RFC 6750 section 2.1).
fn as_bearer(sent: &HeaderMap) -> Option<HeaderValue> {
    let (_scheme, token) = sent.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.trim_start())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn via() -> HeaderValue {
    HeaderValue::from_static("1.1 helseid-conformance")
}

/// An API's answer to a request of this method at `sent_to`.
#[derive(Clone, Copy)]
pub(super) struct Answered<'a> {
    pub(super) method: &'a Method,
    pub(super) sent_to: &'a Url,
    pub(super) headers: &'a HeaderMap,
}

/// Headers of an API's answer that go back to the caller. Where they name an address of the API, it is the session's one.
pub(super) fn from_api(answered: Answered<'_>, base: &Base, public: &str) -> HeaderMap {
    let Answered { method, sent_to, headers } = answered;
    let mut passed = end_to_end(headers);
    for name in OF_ITS_ORIGIN {
        passed.remove(name);
    }
    for name in [LOCATION, CONTENT_LOCATION] {
        let Some(named) = passed.remove(&name) else { continue };
        let read = std::str::from_utf8(named.as_bytes()).ok();
        match read.map(|text| (at_session(text, sent_to, base, public), text)) {
            Some((Some(here), _)) => passed.insert(name, here),
            // What says nothing of its origin would be read at the authority.
            Some((None, text)) => match at_api(text, sent_to, public) {
                Some(there) => passed.insert(name, there),
                None => passed.insert(name, named),
            },
            None => None,
        };
    }
    // It is of the body that another method would have.
    if *method == Method::HEAD {
        let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
        if let (Some(length), None) = (lengths.next(), lengths.next()) {
            passed.insert(CONTENT_LENGTH, length.clone());
        }
    }
    passed.append(VIA, via());
    passed
}

/// The address of the session's API by which the caller reaches what the API calls so; none of what lies elsewhere.
fn at_session(named: &str, sent_to: &Url, base: &Base, public: &str) -> Option<HeaderValue> {
    let url = sent_to.join(named).ok()?;
    let text = url.as_str();
    base.holds(text.split('#').next()?).ok()?;
    let rest = text.strip_prefix(base.as_text().as_str())?;
    HeaderValue::from_str(&format!("{public}{rest}")).ok()
}

/// The whole address, at the API's own origin, of a reference that leaves its base without saying where to; none of a whole one, and none
/// below the session's API, as an API that knows where it is reached writes it.
fn at_api(named: &str, sent_to: &Url, public: &str) -> Option<HeaderValue> {
    let there = sent_to.join(named).ok().filter(|_| Url::parse(named).is_err())?;
    let own = Url::parse(public).ok()?;
    let is_below = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
    if there.origin() == sent_to.origin() && there.path().strip_prefix(own.path()).is_some_and(is_below) {
        return None;
    }
    HeaderValue::from_str(there.as_str()).ok()
}

/// The nonce of the API behind is for whoever shows it a proof.
pub(super) fn without_its_nonce(mut passed: HeaderMap) -> HeaderMap {
    passed.remove(DPOP_NONCE);
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut all = HeaderMap::new();
        for (name, value) in lines {
            all.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        all
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    fn public() -> Url {
        Url::parse("http://localhost:8480/3f0c/api").unwrap()
    }

    #[test]
    fn an_api_sees_the_call_as_it_was_sent_and_where_to() {
        let sent = headers(&[
            ("authorization", "DPoP eyJ"),
            ("dpop", "proof"),
            ("accept", "text/plain"),
            ("cookie", "__Host-session=1"),
            ("host", "localhost:8480"),
            ("expect", "100-continue"),
            ("connection", "close, x-mine"),
            ("x-mine", "1"),
            ("forwarded", "host=evil.example"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-host", "evil.example"),
            ("x-original-url", "/admin"),
            ("via", "1.1 proxy"),
        ]);
        let passed = to_api(&sent, ShownCredentials::AsSent, &public());
        assert_eq!(
            names(&passed),
            [
                "accept",
                "authorization",
                "dpop",
                "via",
                "x-forwarded-host",
                "x-forwarded-prefix",
                "x-forwarded-proto"
            ]
        );
        assert_eq!((&passed["authorization"], &passed["dpop"]), (&sent["authorization"], &sent["dpop"]));
        assert_eq!(passed["x-forwarded-host"], "localhost:8480");
        assert_eq!(passed["x-forwarded-prefix"], "/3f0c/api");
        assert!(!came_by_a_session(&sent) && came_by_a_session(&passed));
    }

    #[test]
    fn no_caller_says_what_only_a_gateway_says_however_it_is_spelt() {
        for name in [
            "x-helseid-pid",
            "x-helseid-claims",
            "x-forwarded-user",
            "x-forwarded",
            "x-real-ip",
            "true-client-ip",
            "x-http-method-override",
            "x-method-override",
            "x-original-url",
            "proxy",
        ] {
            for name in [name.to_owned(), name.replace('-', "_"), name.replacen('-', "_", 1)] {
                let mut sent = headers(&[("x-mine", "1"), ("x_mine", "1")]);
                sent.insert(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_static("evil"),
                );
                let passed = to_api(&sent, ShownCredentials::AsSent, &public());
                assert!(passed.values().all(|value| value != "evil"), "{name}: {passed:?}");
                assert!(passed.contains_key("x-mine") && passed.contains_key("x_mine"));
            }
        }
    }

    #[test]
    fn no_connection_header_takes_from_a_call_what_it_was_judged_with() {
        for named in ["authorization", "close, DPoP", "Content-Type"] {
            assert!(loses_what_it_was_judged_with(&headers(&[("connection", named)])), "{named}");
        }
        assert!(!loses_what_it_was_judged_with(&headers(&[("connection", "close, x-mine")])));
    }

    #[test]
    fn an_api_that_knows_no_dpop_is_shown_the_token_as_bearer() {
        for scheme in ["DPoP", "dpop", "Bearer"] {
            let sent = headers(&[("authorization", &format!("{scheme}  eyJ.a.b")), ("dpop", "proof")]);
            let passed = to_api(&sent, ShownCredentials::AsBearer, &public());
            assert_eq!(passed["authorization"], "Bearer eyJ.a.b");
            assert!(!passed.contains_key("dpop"));
        }
    }

    #[test]
    fn an_answer_sets_nothing_at_the_authority_and_names_the_sessions_addresses() {
        let base = Base::parse("http://127.0.0.1:5000/fhir").unwrap();
        let sent_to = Url::parse("http://127.0.0.1:5000/fhir/Patient/7").unwrap();
        let answered = headers(&[
            ("content-type", "text/plain"),
            ("content-length", "5"),
            ("set-cookie", "a=b"),
            ("clear-site-data", "\"*\""),
            ("strict-transport-security", "max-age=1"),
            ("alt-svc", "h3=\":443\""),
            ("transfer-encoding", "chunked"),
        ]);
        let answer = |method: &Method, headers: &HeaderMap| {
            from_api(Answered { method, sent_to: &sent_to, headers }, &base, public().as_str())
        };
        assert_eq!(names(&answer(&Method::GET, &answered)), ["content-type", "via"]);
        assert_eq!(answer(&Method::HEAD, &answered)["content-length"], "5");
        for (named, told) in [
            ("http://127.0.0.1:5000/fhir/Patient/8?a=b", "http://localhost:8480/3f0c/api/Patient/8?a=b"),
            ("/fhir/Patient/8", "http://localhost:8480/3f0c/api/Patient/8"),
            ("8", "http://localhost:8480/3f0c/api/Patient/8"),
            // Neither the authority's own route nor lost.
            ("/admin", "http://127.0.0.1:5000/admin"),
            ("//elsewhere.example/a", "http://elsewhere.example/a"),
            ("/3f0c/api/Patient/8", "/3f0c/api/Patient/8"),
            ("https://elsewhere.example/", "https://elsewhere.example/"),
        ] {
            assert_eq!(answer(&Method::GET, &headers(&[("location", named)]))["location"], told, "{named}");
        }
    }
}
