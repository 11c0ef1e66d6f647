//! What of a message is for one connection alone (RFC 9110 section 7.6.1): whoever hands the message on leaves it out.

use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

/// What belongs to one connection, and what frames a message, which is framed again.
const OF_ONE_HOP: [HeaderName; 11] = [
    CONNECTION,
    CONTENT_LENGTH,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The headers that may be handed on: all but those of one connection, those that `Connection` names, and `Content-Length`, which whoever
/// sends the body again writes again.
#[must_use]
pub fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let stays = |name: &HeaderName| OF_ONE_HOP.contains(name) || is_of_connection(headers, name);
    let passed = headers.iter().filter(|(name, _)| !stays(name));
    passed.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether `Connection` names this header: it is for this connection alone. A line with bytes beyond ASCII is read too.
#[must_use]
pub fn is_of_connection(headers: &HeaderMap, name: &HeaderName) -> bool {
    let lines = headers.get_all(CONNECTION).iter().map(http::HeaderValue::as_bytes);
    let mut named = lines.flat_map(|line| line.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    named.any(|named| named.eq_ignore_ascii_case(name.as_str().as_bytes()))
}

/// The members of a list in a header, over all of its lines.
pub fn header_list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_connection_stays_and_all_else_passes_as_often_as_it_was_sent() {
        let sent = [
            ("accept", "text/plain"),
            ("connection", "keep-alive, X-Mine"),
            ("connection", "x-another"),
            ("x-mine", "1"),
            ("x-another", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic eA=="),
            ("proxy-authenticate", "Basic"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAAA"),
            ("te", "gzip"),
            ("trailer", "x-secret"),
            ("x-trace", "a"),
            ("x-trace", "b"),
        ];
        let sent: HeaderMap = sent
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let passed = end_to_end(&sent);
        let mut names: Vec<_> = passed.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "x-trace"]);
        assert_eq!(passed.get_all("x-trace").iter().count(), 2);
    }

    #[test]
    fn a_connection_line_beyond_ascii_hides_no_name() {
        let mut sent = HeaderMap::new();
        sent.insert(CONNECTION, http::HeaderValue::from_bytes(b"\xe5, X-Mine").unwrap());
        sent.insert("x-mine", http::HeaderValue::from_static("1"));
        assert!(end_to_end(&sent).is_empty());
    }
}
