#![no_main]
//! The `Authorization` and `DPoP` headers of a request to an API.

use helseid_protocol::dpop::PresentedProof;
use helseid_protocol::id::{Audience, Issuer};
use helseid_protocol::resource::{Credentials, Policy, Scheme};
use helseid_protocol::rule::Trail;
use http::{HeaderMap, HeaderValue};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Lines are values; the first is for DPoP, the others for Authorization.
    let mut headers = HeaderMap::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').take(4).enumerate() {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append(if index == 0 { "dpop" } else { "authorization" }, value);
    }
    let mut trail = Trail::new();
    let _ = PresentedProof::read(&headers, &mut trail);
    let issuer = Issuer::parse("https://sts.example").expect("an issuer");
    let policy = Policy::new(issuer, Audience::parse("nhn:api").expect("a name"));
    for scheme in [Scheme::Dpop, Scheme::Bearer, Scheme::Transition] {
        if let Ok(Some(credentials)) = Credentials::read(&headers, scheme, &mut trail) {
            assert_eq!(headers.get_all("authorization").iter().count(), 1);
            let _ = credentials.token(&policy, &mut trail);
        }
    }
});
