//! The cookies of a request, as they are read by whoever logs people in (RFC 6265 section 5.4).
//!
//! Written here rather than by a crate: no value that we set needs an encoding, and how a header is read is what the security of a
//! session hangs on:
//!
//! 1. By bytes, and names as they are: a pair that is no text of ours is left out alone, and takes no other with it.
//! 2. Only the blanks of ASCII are trimmed, so that no other character makes one name look like another.
//! 3. Two values of one of our names are none: of two, nobody knows which is ours. So all is read or nothing: what is past a bound
//!    could be the second.

use http::{HeaderMap, header};

/// The most bytes of a request's cookie headers: what servers take of all headers together. Of more, none is read.
pub const MAX_BYTES: usize = 32 * 1024;

/// The value of the cookie of this very name, where a request has exactly one.
#[must_use]
pub fn only_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = pairs(headers).filter(|(own, _)| *own == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}

/// The values of the cookies of this very name. There may be several, of other paths.
pub fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    pairs(headers).filter(move |(own, _)| *own == name).map(|(_, value)| value)
}

/// Every cookie of a request: name and value.
pub fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE);
    let is_bounded = all.iter().map(|all| all.len()).sum::<usize>() <= MAX_BYTES;
    let pairs =
        all.iter().filter(move |_| is_bounded).flat_map(|all| all.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim_matches([' ', '\t']).split_once('='))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn sent(cookies: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_bytes(cookies).unwrap());
        headers
    }

    #[test]
    fn every_value_of_the_name_is_found_and_no_other() {
        let mut headers = sent(b"a=1; session=2;session=3; not_session=4");
        headers.append(header::COOKIE, HeaderValue::from_static("session=5; session"));
        assert_eq!(values(&headers, "session").collect::<Vec<_>>(), ["2", "3", "5"]);
        assert_eq!(only_value(&headers, "session"), None);
        assert_eq!(only_value(&headers, "not_session"), Some("4"));
    }

    #[test]
    fn a_bad_pair_takes_no_other_with_it() {
        for cookies in [&b"bad=\xff; session=1"[..], b"session=1;\xff", b"a; \tsession=1 ;b", b";;session=1"]
        {
            assert_eq!(only_value(&sent(cookies), "session"), Some("1"), "{cookies:?}");
        }
    }

    #[test]
    fn nothing_but_the_one_cookie_of_the_very_name_is_read() {
        for cookies in [
            "\u{a0}session=1",
            "\u{2003}session=1",
            "SESSION=1",
            "session =1",
            "session=1; session=1",
            "session=1; session=2",
            "__Host-session=1",
            "session",
        ] {
            assert_eq!(only_value(&sent(cookies.as_bytes()), "session"), None, "{cookies:?}");
        }
        let mut two = sent(b"session=1");
        two.append(header::COOKIE, HeaderValue::from_static("session=1"));
        assert_eq!(only_value(&two, "session"), None, "two headers");
    }

    #[test]
    fn no_more_is_read_than_a_browser_sends() {
        let mut many = sent("x=1;".repeat(MAX_BYTES / 4).as_bytes());
        many.append(header::COOKIE, HeaderValue::from_static("session=1"));
        assert_eq!(only_value(&many, "session"), None);
    }

    #[test]
    fn no_bound_hides_that_there_are_two() {
        let mut two = sent(b"session=1");
        two.append(header::COOKIE, HeaderValue::from_static("session=2"));
        let mut hidden = sent(b"session=1");
        let last = format!("{}session=2", "x=1;".repeat(MAX_BYTES / 4));
        hidden.append(header::COOKIE, HeaderValue::from_str(&last).unwrap());
        assert_eq!([&two, &hidden].map(|headers| only_value(headers, "session")), [None, None]);
        assert_eq!(values(&hidden, "session").count(), 0);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        ) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.insert(header::COOKIE, value);
            }
            for (name, value) in pairs(&headers) {
                let pair = format!("{name}={value}");
                proptest::prop_assert!(bytes.windows(pair.len()).any(|window| window == pair.as_bytes()));
            }
        }
    }
}
