#![no_main]
//! A JWK Set: every key is used or counted as skipped.

use helseid_protocol::jose::jwk::MAX_KEYS;
use helseid_protocol::jose::{JwkSet, VerifyKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = JwkSet::read(bytes) {
        assert!(set.keys().len() + set.skipped().len() <= MAX_KEYS);
        let again = JwkSet::read(set.to_json().as_bytes()).expect("what we write we read");
        assert_eq!(again.keys(), set.keys());
        for key in set.keys() {
            let _ = VerifyKey::new(key.clone());
        }
    }
});
