#![no_main]
//! The `WWW-Authenticate` header: what is written is read the same.

use helseid_protocol::challenge::Challenge;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(challenges) = Challenge::read(text) {
        for challenge in challenges {
            let written = challenge.to_string();
            let again = Challenge::read(&written).expect("what we write we read");
            assert_eq!(again.iter().map(ToString::to_string).collect::<Vec<_>>(), [written]);
        }
    }
});
