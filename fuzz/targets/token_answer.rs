#![no_main]
//! The answers of a token endpoint, and of the endpoint for pushed authorization requests.

use helseid_protocol::endpoint::pushed::PushedAnswer;
use helseid_protocol::endpoint::token::{TokenAnswer, TokenType};
use http::{HeaderMap, HeaderValue, StatusCode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    if let Ok(nonce) = HeaderValue::from_bytes(bytes.get(..16).unwrap_or_default()) {
        headers.insert("dpop-nonce", nonce);
    }
    if let Ok(answer) = PushedAnswer::read(StatusCode::CREATED, bytes) {
        assert!((1..=512).contains(&answer.request_uri.len()) && !answer.expires_in.is_zero());
    }
    for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        for kind in [TokenType::Dpop, TokenType::Bearer] {
            let answer = TokenAnswer::read(status, &headers, bytes, kind);
            assert!(status.is_success() || !matches!(answer, Ok(TokenAnswer::Granted(_))));
        }
    }
});
