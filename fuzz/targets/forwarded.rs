#![no_main]
//! What proxies say of a request: nobody but a trusted sender says anything, and only of hosts that were told.
//!
//! The first byte chooses the header and the sender; each line after it is a header.

use std::net::{IpAddr, Ipv4Addr};

use helseid_api::{ForwardedHeader, TrustedProxies};
use http::{HeaderName, HeaderValue, Request};

const TRUSTED: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (standard, is_trusted) = (first & 1 == 0, first & 2 == 0);
    let mut request = Request::new(());
    for line in rest.split(|byte| *byte == b'\n').take(64) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&line[colon + 1..])) {
            request.headers_mut().append(name, value);
        }
    }
    let sender = if is_trusted { TRUSTED } else { STRANGER };
    let proxies =
        TrustedProxies::new(["10.0.0.0/8"], ["api.example", "*.clinics.example"], move |_| Some(sender));
    let header = if standard { ForwardedHeader::Forwarded } else { ForwardedHeader::XForwarded };
    let proxies = proxies.expect("proxies").header(header);
    match proxies.address(&request.into_parts().0) {
        Ok(Some(address)) => {
            assert!(is_trusted, "a stranger was believed");
            let (scheme, rest) = address.as_str().split_once("://").expect("a URL");
            let name = rest.split(['/', ':']).next().expect("a host");
            assert!(matches!(scheme, "http" | "https"));
            assert!(name == "api.example" || name.ends_with(".clinics.example"), "{address}");
        }
        Ok(None) => {}
        Err(_) => assert!(is_trusted, "a stranger's header was looked at"),
    }
});
