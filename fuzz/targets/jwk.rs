#![no_main]
//! A public or private JWK: written as it was read, and never both at once.

use helseid_protocol::jose::{PrivateJwk, PublicJwk, SigningKey, VerifyKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let public = PublicJwk::read(bytes);
    let private = PrivateJwk::read(bytes);
    assert!(public.is_err() || private.is_err(), "a private key was taken for a public one");
    if let Ok(key) = public {
        let written = key.to_json();
        assert_eq!(PublicJwk::read(written.as_bytes()).map(|again| again.to_json()), Ok(written));
        let _ = VerifyKey::new(key);
    }
    if let Ok(key) = private
        && let Ok(signing) = SigningKey::new(&key)
    {
        let verify = VerifyKey::new(key.public().clone()).expect("half of a key that signs");
        let signature = signing.sign(b"message");
        assert!(verify.verify(signing.algorithm(), b"message", &signature).is_ok());
    }
});
