#![no_main]
//! A compact JWS: read by all three parties, and written as it was read.

use helseid_protocol::assertion::PresentedAssertion;
use helseid_protocol::dpop::PresentedProof;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::jws::{Compact, MAX_BYTES, Unverified};
use helseid_protocol::rule::Trail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = PresentedAssertion::read(text, &mut Trail::new());
    let _ = PresentedProof::parse(text, &mut Trail::new());
    let parsed = Unverified::parse(text, MAX_BYTES);
    assert!(parsed.is_err() || Compact::parse(text, MAX_BYTES).is_ok(), "claims without a JWS");
    if parsed.is_ok() {
        // One spelling alone: what decodes encodes to the same text.
        for part in text.split('.') {
            assert_eq!(base64url::encode(&base64url::decode(part).expect("it was read")), part);
        }
    }
});
