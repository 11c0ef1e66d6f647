#![no_main]
//! The address of a proof: its normal form is its own.

use helseid_protocol::dpop::Target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(target) = Target::parse(text) {
        assert_eq!(Target::parse(target.as_str()), Ok(target.clone()));
        assert_eq!(Target::of_request(target.as_str()), Ok(target));
    }
    let _ = Target::of_request(text);
});
