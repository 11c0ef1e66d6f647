#![no_main]
//! An issuer's metadata.

use helseid_protocol::dpop::Target;
use helseid_protocol::endpoint::metadata::Metadata;
use helseid_protocol::id::Issuer;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let issuer = Issuer::parse("https://sts.example").expect("an issuer");
    if let Ok(metadata) = Metadata::read(bytes, &issuer) {
        assert_eq!(metadata.issuer, issuer);
        assert!(Target::of_request(&metadata.token_endpoint).is_ok());
    }
});
