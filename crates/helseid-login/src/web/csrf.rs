//! Requests that a page of another site made a browser send (RFC 9700 section 4.7; W3C Fetch Metadata).
//!
//! A request that changes something comes from a page of this very origin, by what the browser says itself:
//!
//! 1. `Sec-Fetch-Site` is `same-origin`. A sibling's `same-site` is another site's.
//! 2. Where a browser sends none, `Origin` is the public address. `null`, and none at all, are refused.

use axum::http::{HeaderMap, HeaderName, Method, header};

use super::site::Site;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a request for a page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// A page of this origin, or the person's own hand.
    Here,
    /// Another site led the browser here, or nobody says.
    Elsewhere,
}

/// Whether a page of this origin sent the request.
pub(crate) fn is_same_origin(site: &Site, headers: &HeaderMap) -> bool {
    let said = only(headers, &SEC_FETCH_SITE);
    match (said, headers.contains_key(&SEC_FETCH_SITE)) {
        (Some(said), _) => said == "same-origin",
        // Twice, or no text.
        (None, true) => false,
        (None, false) => only(headers, &header::ORIGIN) == Some(site.origin()),
    }
}

/// Where a browser that opens a page comes from.
pub(crate) fn opened_from(headers: &HeaderMap) -> From {
    match only(headers, &SEC_FETCH_SITE) {
        Some("same-origin" | "none") => From::Here,
        _ => From::Elsewhere,
    }
}

/// Whether a method may change something (RFC 9110 section 9.2.1).
pub(crate) fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Whether the request would become a connection of another protocol, such as a WebSocket, which pages of other sites may open.
pub(crate) fn is_upgrade(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::CONNECT || headers.contains_key(header::UPGRADE)
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::super::site::tests::site;
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_a_page_of_this_origin_may_change_something() {
        let site = site("https://app.example").unwrap();
        let own = ("origin", "https://app.example");
        for headers in [&[("sec-fetch-site", "same-origin")][..], &[own]] {
            assert!(is_same_origin(&site, &sent(headers)), "{headers:?}");
        }
        for headers in [
            &[][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), own],
            &[("sec-fetch-site", "none"), own],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")],
            &[("origin", "null")],
            &[("origin", "https://app.example:8443")],
            &[("origin", "http://app.example")],
            &[("origin", "https://evil.app.example")],
            &[own, own],
            &[("referer", "https://app.example/")],
        ] {
            assert!(!is_same_origin(&site, &sent(headers)), "{headers:?}");
        }
    }

    #[test]
    fn a_page_that_nobody_says_the_origin_of_is_opened_from_elsewhere() {
        for here in ["same-origin", "none"] {
            assert_eq!(opened_from(&sent(&[("sec-fetch-site", here)])), From::Here);
        }
        for elsewhere in ["same-site", "cross-site", "x"] {
            assert_eq!(opened_from(&sent(&[("sec-fetch-site", elsewhere)])), From::Elsewhere);
        }
        assert_eq!(opened_from(&HeaderMap::new()), From::Elsewhere);
    }

    #[test]
    fn a_web_socket_is_told_from_a_page() {
        assert!(is_upgrade(&Method::GET, &sent(&[("upgrade", "websocket")])));
        assert!(is_upgrade(&Method::CONNECT, &HeaderMap::new()), "over HTTP/2");
        assert!(!is_upgrade(&Method::GET, &HeaderMap::new()));
    }
}
