#![no_main]
//! Key files of every format: PEM, DER, PKCS#12, certificates, XML, JSON of all kinds, and what they are wrapped in.

use helseid_protocol::jose::SigningKey;
use helseid_protocol::jose::format::{KeyReader, Password, read_public};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let password = Password::new("for-tests-only");
    if let Ok(found) = KeyReader::new(Some(&password), Some("one")).private(bytes) {
        assert!(SigningKey::new(&found.key).is_ok(), "a private key that cannot sign was let through");
    }
    let _ = read_public(bytes, Some(&password));
    let _ = read_public(bytes, None);
});
