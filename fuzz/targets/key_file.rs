#![no_main]
//! Key files of every format: PEM, DER, PKCS#12, certificates, XML, NHN's configuration file.

use helseid_protocol::jose::SigningKey;
use helseid_protocol::jose::format::{Password, read_private, read_public};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let password = Password::new("for-tests-only");
    if let Ok(key) = read_private(bytes, Some(&password)) {
        assert!(SigningKey::new(&key).is_ok(), "a private key that cannot sign was let through");
    }
    let _ = read_public(bytes, Some(&password));
    let _ = read_public(bytes, None);
});
