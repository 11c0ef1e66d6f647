#![no_main]
//! The cookie headers of a request, one a line: whatever they hold, what is read stands in them, and a cookie of ours is found, or
//! not, by its very name.

use helseid_protocol::cookie::{MAX_BYTES, only_value, pairs, values};
use http::{HeaderMap, HeaderValue, header};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    let lines = bytes.split(|byte| *byte == b'\n').take(64);
    let sent: Vec<_> = lines.filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    for value in &sent {
        headers.append(header::COOKIE, value.clone());
    }
    for (name, value) in pairs(&headers) {
        let pair = [name.as_bytes(), b"=", value.as_bytes()].concat();
        let stands = |header: &HeaderValue| header.as_bytes().windows(pair.len()).any(|part| part == pair);
        assert!(sent.iter().any(stands), "{name:?} {value:?}");
        assert!(!name.contains(['=', ';']) && !value.contains(';'), "{name:?} {value:?}");
        assert_eq!(values(&headers, name).count() == 1, only_value(&headers, name).is_some());
    }
    // Nothing that others sent hides the one of ours, or makes another of it.
    let own = "__Host-helseid-session";
    let before = values(&headers, own).count();
    if sent.iter().map(HeaderValue::len).sum::<usize>() + 64 < MAX_BYTES {
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-helseid-session=1"));
        assert_eq!(only_value(&headers, own), (before == 0).then_some("1"));
    }
});
