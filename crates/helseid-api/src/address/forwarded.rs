//! What a proxy tells about the request that it passes on: `Forwarded` (RFC 7239), or `X-Forwarded-*`.
//!
//! Read here rather than by a crate: those that know these headers want the address of the caller, and make the best of what is
//! malformed. Here they decide which address a proof must be for, so that a header that can be read in two ways is refused.

use std::net::{IpAddr, SocketAddr};

use helseid_protocol::rule::Facts;
use http::HeaderMap;

/// The header that a proxy sets. Only this one is read: another may come from the caller.
///
/// ```
/// use helseid_api::{ForwardedHeader, TrustedProxies};
/// # use std::net::IpAddr;
///
/// // An nginx beside the program, which sets X-Forwarded-For, -Host and -Proto.
/// let nginx = TrustedProxies::new(["127.0.0.1"], ["api.example"], |peer| peer.get::<IpAddr>().copied())?
///     .header(ForwardedHeader::XForwarded);
/// # drop(nginx); Ok::<(), helseid_api::InvalidProxies>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    /// `Forwarded` (RFC 7239); each of several proxies adds an element.
    #[default]
    Forwarded,
    /// `X-Forwarded-Proto`, `-Host`, `-Port` and `-Prefix`, each with one value, which the proxy overwrites.
    XForwarded,
}

/// The most bytes of such a header, all its lines together: 4 KiB.
const MAX_BYTES: usize = 4 * 1024;

/// The address that a request was sent to, in parts that are not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForwardedAddress {
    pub(super) proto: String,
    pub(super) host: String,
    pub(super) prefix: Option<String>,
}

/// One element of `Forwarded`.
#[derive(Debug, Default)]
struct Element {
    by_whom: Option<String>,
    proto: Option<String>,
    host: Option<String>,
}

/// RFC 7239 section 4. The last element is the nearest proxy's; one before it counts if the sender that it was received
/// from is a trusted proxy too.
pub(super) fn standard(
    headers: &HeaderMap,
    trusted: impl Fn(IpAddr) -> bool,
) -> Result<Option<ForwardedAddress>, Facts> {
    const EXPECTED: &str = "a Forwarded header as RFC 7239 has it";
    let (mut elements, mut left) = (Vec::new(), MAX_BYTES);
    for value in headers.get_all("forwarded") {
        left = left.checked_sub(value.len()).ok_or_else(|| Facts::new(EXPECTED, "more than 4 KiB"))?;
        let text = value.to_str().ok();
        elements.extend(text.and_then(elements_of).ok_or_else(|| Facts::new(EXPECTED, "another"))?);
    }
    let Some(mut farthest) = elements.pop() else { return Ok(None) };
    while let Some(sender) = farthest.by_whom.as_deref().and_then(address) {
        if !trusted(sender) {
            break;
        }
        match elements.pop() {
            Some(element) => farthest = element,
            None => break,
        }
    }
    match (farthest.proto, farthest.host) {
        (Some(proto), Some(host)) => Ok(Some(ForwardedAddress { proto, host, prefix: None })),
        _ => Err(Facts::new("proto and host in the proxy's Forwarded header", "a header without them")),
    }
}

/// One value of each; proto and host must be there if any is.
pub(super) fn x_forwarded(headers: &HeaderMap) -> Result<Option<ForwardedAddress>, Facts> {
    let one = |name: &'static str| {
        let mut values = headers.get_all(name).iter();
        let (first, second) = (values.next(), values.next());
        let text = first.map(|value| value.to_str().ok().map(str::trim)).map(|text| text.unwrap_or(","));
        match text {
            None => Ok(None),
            Some(text) if second.is_some() || text.contains(',') || text.len() > MAX_BYTES => {
                Err(Facts::new(format_args!("one value in {name}, which the proxy overwrites"), "several"))
            }
            Some(text) => Ok(Some(text.to_owned())),
        }
    };
    let (proto, host) = (one("x-forwarded-proto")?, one("x-forwarded-host")?);
    let (port, prefix) = (one("x-forwarded-port")?, one("x-forwarded-prefix")?);
    if prefix.as_ref().is_some_and(|prefix| !prefix.starts_with('/')) {
        return Err(Facts::new("a path in x-forwarded-prefix", "another text"));
    }
    match (proto, host) {
        (None, None) => Ok(None),
        (Some(proto), Some(host)) => {
            let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
            let host = match port {
                Some(port) if !has_port => format!("{host}:{port}"),
                _ => host,
            };
            Ok(Some(ForwardedAddress { proto, host, prefix }))
        }
        _ => Err(Facts::new("both x-forwarded-proto and x-forwarded-host", "one of them")),
    }
}

/// The address of a `for`: with or without a port, IPv6 in brackets. Nothing for `unknown` and hidden names.
fn address(node: &str) -> Option<IpAddr> {
    let bare = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    bare.parse().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// The elements of one header; nothing if it is malformed, or an element has a parameter twice.
fn elements_of(text: &str) -> Option<Vec<Element>> {
    let (mut elements, mut rest) = (vec![Element::default()], text.trim());
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        let element = elements.last_mut()?;
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "for" => Some(&mut element.by_whom),
            "proto" => Some(&mut element.proto),
            "host" => Some(&mut element.host),
            name if !name.is_empty() && name.bytes().all(is_token) => None,
            _ => return None,
        };
        if let Some(place) = place
            && place.replace(value).is_some()
        {
            return None;
        }
        let after = after.trim_start();
        rest = match after.chars().next() {
            None => return Some(elements),
            Some(';') => after.get(1..)?,
            Some(',') => {
                elements.push(Element::default());
                after.get(1..)?
            }
            Some(_) => return None,
        };
    }
}

/// A token or a quoted text, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(mut quoted) = text.strip_prefix('"') else {
        let end = text.bytes().position(|byte| !is_token(byte)).unwrap_or(text.len());
        let (token, rest) = text.split_at(end);
        return (!token.is_empty()).then(|| (token.to_owned(), rest));
    };
    let mut value = String::new();
    loop {
        let mut characters = quoted.chars();
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
        quoted = characters.as_str();
    }
}

/// RFC 9110 section 5.6.2; and the colon, which many proxies write without quotes.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn asked(forwarded: &[&str]) -> Option<String> {
        let values: Vec<_> = forwarded.iter().map(|value| ("forwarded", *value)).collect();
        let trusted = |address: IpAddr| address.to_string().starts_with("10.");
        standard(&headers(&values), trusted).unwrap().map(|asked| format!("{}://{}", asked.proto, asked.host))
    }

    #[test]
    fn the_element_of_the_outermost_trusted_proxy_counts() {
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&["proto=https;host=a.example"]).unwrap(), "https://a.example");
        assert_eq!(
            asked(&["For=\"[2001:db8::1]:47\";Proto=HTTPS; host=\"a:8443\""]).unwrap(),
            "HTTPS://a:8443"
        );
        let two = ["for=1.1.1.1;proto=https;host=a.example, for=10.0.0.9;proto=http;host=inner"];
        assert_eq!(asked(&two).unwrap(), "https://a.example");
        let lines = ["for=1.1.1.1;proto=https;host=a.example", "for=10.0.0.9:4711;proto=http;host=inner"];
        assert_eq!(asked(&lines).unwrap(), "https://a.example");
        // What a stranger wrote stands before the element of the proxy that it spoke to.
        let forged = ["for=10.1.1.1;proto=https;host=evil.example, for=1.1.1.1;proto=https;host=a.example"];
        assert_eq!(asked(&forged).unwrap(), "https://a.example");
    }

    #[test]
    fn what_is_not_of_the_form_is_refused() {
        let long = format!("host={}", "a".repeat(5000));
        for text in [
            "",
            "host",
            "host=",
            "host=a b=c",
            "=a",
            "host=\"a",
            "host=a;host=b",
            "host=a,",
            "proto=https",
            &long,
        ] {
            assert!(standard(&headers(&[("forwarded", text)]), |_| false).is_err(), "{text}");
        }
        let line = format!("proto=https;host={}", "a".repeat(2500));
        let lines = |count| vec![("forwarded", line.as_str()); count];
        assert!(standard(&headers(&lines(1)), |_| false).is_ok());
        assert!(standard(&headers(&lines(2)), |_| false).is_err());
    }

    #[test]
    fn x_forwarded_is_one_value_each() {
        let (proto, host) = (("x-forwarded-proto", "https"), ("x-forwarded-host", "a.example"));
        let read = |values: &[_]| x_forwarded(&headers(values)).map(|asked| asked.map(|asked| asked.host));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[proto, host]), Ok(Some("a.example".into())));
        assert_eq!(read(&[proto, host, ("x-forwarded-port", "8443")]), Ok(Some("a.example:8443".into())));
        assert_eq!(
            read(&[proto, ("x-forwarded-host", "[::1]"), ("x-forwarded-port", "1")]),
            Ok(Some("[::1]:1".into()))
        );
        for wrong in [
            &[proto][..],
            &[host],
            &[proto, host, host],
            &[proto, ("x-forwarded-host", "a.example, b.example")],
            &[proto, host, ("x-forwarded-prefix", "v1")],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
