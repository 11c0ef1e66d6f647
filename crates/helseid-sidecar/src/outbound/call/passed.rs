//! Which headers and trailers pass, and in which direction (threat B13).

use helseid_http::header_list as values;
use http::header::{
    ALT_SVC, CONNECTION, EXPECT, HOST, HeaderName, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE, TRAILER,
};
use http::{HeaderMap, HeaderValue};

/// What an API says to whoever holds the token, or of its own origin: the caller is neither.
const STAY_HERE: [HeaderName; 6] = [
    SET_COOKIE,
    HeaderName::from_static("set-cookie2"),
    HeaderName::from_static("dpop-nonce"),
    HeaderName::from_static("clear-site-data"),
    ALT_SVC,
    STRICT_TRANSPORT_SECURITY,
];

/// Trailers that pass: digests, signatures and times of what was sent. Others could say what a header may not.
const TRAILERS: [&str; 8] = [
    "content-digest",
    "content-md5",
    "digest",
    "etag",
    "repr-digest",
    "server-timing",
    "signature",
    "signature-input",
];

/// What some servers take for the path in place of the request's own: it was not looked at.
const OTHER_PATHS: [HeaderName; 2] =
    [HeaderName::from_static("x-original-url"), HeaderName::from_static("x-rewrite-url")];

/// The sidecar's own headers begin so, as servers behind read names: some take `_` or `.` for `-`.
pub(super) fn is_of_ours(name: &HeaderName) -> bool {
    const OWN: &[u8] = b"x-helseid-";
    let plain = name.as_str().bytes().map(|byte| if matches!(byte, b'_' | b'.') { b'-' } else { byte });
    plain.take(OWN.len()).eq(OWN.iter().copied())
}

/// Headers of a caller that go to the API, before those of the token.
pub(super) fn to_api(sent: &HeaderMap) -> HeaderMap {
    let mut passed = end_to_end(sent);
    for name in [HOST, EXPECT].iter().chain(&OTHER_PATHS) {
        passed.remove(name);
    }
    let wants_trailers = values(sent, &TE).any(|part| part.eq_ignore_ascii_case("trailers"));
    if wants_trailers {
        passed.insert(TE, HeaderValue::from_static("trailers"));
        passed.insert(CONNECTION, HeaderValue::from_static("TE"));
    }
    passed
}

/// Headers of an API's answer that go back to the caller.
pub(super) fn from_api(answered: &HeaderMap) -> HeaderMap {
    let mut passed = end_to_end(answered);
    for name in STAY_HERE {
        passed.remove(name);
    }
    passed
}

/// Trailers that pass.
pub(super) fn trailers(mut sent: HeaderMap) -> Option<HeaderMap> {
    let refused: Vec<_> = sent.keys().filter(|name| !TRAILERS.contains(&name.as_str())).cloned().collect();
    for name in refused {
        sent.remove(name);
    }
    (!sent.is_empty()).then_some(sent)
}

/// All but what belongs to one connection, what `Connection` names, and the sidecar's own.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut passed = helseid_http::end_to_end(headers);
    let own: Vec<_> = passed.keys().filter(|name| is_of_ours(name)).cloned().collect();
    for name in own {
        passed.remove(name);
    }
    let announced: Vec<_> = values(headers, &TRAILER).map(str::to_ascii_lowercase).collect();
    let announced: Vec<_> =
        TRAILERS.iter().copied().filter(|name| announced.iter().any(|own| own == name)).collect();
    if let (false, Ok(value)) = (announced.is_empty(), HeaderValue::from_str(&announced.join(", "))) {
        passed.insert(TRAILER, value);
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    /// What belongs to one connection is listed, and tested, in `helseid_http`.
    #[test]
    fn what_is_of_the_connection_for_the_sidecar_or_another_path_does_not_pass_and_all_else_does() {
        let sent = headers(&[
            ("accept", "text/plain"),
            ("connection", "X-Mine"),
            ("x-mine", "1"),
            ("te", "gzip"),
            ("trailer", "x-secret"),
            ("host", "localhost:8481"),
            ("expect", "100-continue"),
            ("x-original-url", "/admin"),
            ("x-rewrite-url", "/admin"),
            ("x-helseid-key", "0123456789abcdef0123456789abcdef"),
            ("x-helseid-sidecar", "1"),
            ("x_helseid_user_token", "e30.e30.c2ln"),
            ("x.helseid-user_token", "e30.e30.c2ln"),
        ]);
        assert_eq!(names(&to_api(&sent)), ["accept"]);
    }

    #[test]
    fn cookies_and_nonces_do_not_come_back() {
        let answered = headers(&[
            ("content-type", "text/plain"),
            ("set-cookie", "a=b"),
            ("set-cookie2", "a=b"),
            ("dpop-nonce", "n"),
            ("clear-site-data", "\"*\""),
            ("alt-svc", "h3=\":443\""),
            ("strict-transport-security", "max-age=1"),
            ("connection", "x-hop"),
            ("x-hop", "1"),
            ("x-helseid-sidecar", "refusal"),
            ("location", "https://elsewhere.example/"),
        ]);
        let passed = from_api(&answered);
        let mut found = names(&passed);
        found.sort_unstable();
        assert_eq!(found, ["content-type", "location"]);
    }

    #[test]
    fn trailers_pass_by_a_list_in_their_announcement_too() {
        let sent =
            headers(&[("te", "trailers;q=1, trailers"), ("trailer", "Digest, Authorization, server-timing")]);
        let passed = to_api(&sent);
        assert_eq!(passed["trailer"], "digest, server-timing");
        assert_eq!(passed["te"], "trailers");
        assert_eq!(passed["connection"], "TE");
        let passed = trailers(headers(&[("digest", "a"), ("authorization", "b"), ("content-length", "0")]));
        assert_eq!(names(&passed.unwrap()), ["digest"]);
        assert_eq!(trailers(headers(&[("set-cookie", "a=b")])), None);
    }
}
