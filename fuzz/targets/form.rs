#![no_main]
//! The body of a token request.

use helseid_protocol::endpoint::token::{ClientCredentials, TokenForm};
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::Trail;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut trail = Trail::new();
    if let Ok(form) = TokenForm::read(Some("application/x-www-form-urlencoded"), bytes, &mut trail) {
        assert!(!form.client().assertion().expose().is_empty());
        let _ = (form.grant(&GrantType::ALL, &mut trail), form.client().require_client("x", &mut trail));
        let _ = ClientCredentials::read(&form, &mut trail).map(|asked| asked.resource());
    }
});
