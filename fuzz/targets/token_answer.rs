#![no_main]
//! The answer of a token endpoint.

use helseid_protocol::endpoint::token::{TokenAnswer, TokenType};
use http::{HeaderMap, HeaderValue, StatusCode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    if let Ok(nonce) = HeaderValue::from_bytes(bytes.get(..16).unwrap_or_default()) {
        headers.insert("dpop-nonce", nonce);
    }
    for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        for kind in [TokenType::Dpop, TokenType::Bearer] {
            let answer = TokenAnswer::read(status, &headers, bytes, kind);
            assert!(status.is_success() || !matches!(answer, Ok(TokenAnswer::Granted(_))));
        }
    }
});
