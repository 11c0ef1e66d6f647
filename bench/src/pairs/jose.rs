//! Tokens, assertions and proofs against the signatures in them.

use std::hint::black_box;
use std::time::Duration;

use helseid_protocol::assertion::{self, AssertionRequest};
use helseid_protocol::dpop::{ProofKey, ProofRequest, Target};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::crypto::SystemRandom;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::{Draft, MAX_BYTES, Unverified};
use helseid_protocol::jose::{Algorithm, SigningKey, VerifyKey, base64url};
use helseid_protocol::random::jwt_id;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde_json::json;

use super::pair::{Case, Pair};
use crate::limit::Limit;

const ALGORITHMS: &[Algorithm] =
    &[Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512];

const NOW: i64 = 1_790_000_000;

/// Everything that is compared.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let verified = ALGORITHMS
        .iter()
        .map(|algorithm| Case::new(format!("verify {}", algorithm.name()), || verify(*algorithm)));
    let signed = ALGORITHMS
        .iter()
        .map(|algorithm| Case::new(format!("sign {}", algorithm.name()), || sign(*algorithm)));
    verified.chain(signed).chain([
        Case::new("assertion RS256", || assert(Algorithm::RS256)),
        Case::new("assertion ES256", || assert(Algorithm::ES256)),
        Case::new("proof ES256", || prove(false)),
        Case::new("proof ES256 with token", || prove(true)),
    ])
}

/// A token of 1 KiB is read and verified, JSON and base64 and all.
fn verify(algorithm: Algorithm) -> Pair {
    let limit = Limit::new(algorithm);
    let key = SigningKey::new(&limit.key(algorithm)).unwrap();
    let checking = VerifyKey::new(key.public().clone()).unwrap();
    let token = Draft::new(&header(algorithm), &claims(algorithm)).sign(&key);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (message, signature) = (message.to_owned(), base64url::decode(signature).unwrap());
    Pair::new(
        move || limit.verify(black_box(message.as_bytes()), &signature),
        move || {
            let token = Unverified::parse(black_box(&token), MAX_BYTES).unwrap();
            black_box(token.verify(&checking, algorithm).unwrap());
        },
    )
}

/// The same token is written and signed.
fn sign(algorithm: Algorithm) -> Pair {
    let limit = Limit::new(algorithm);
    let key = SigningKey::new(&limit.key(algorithm)).unwrap();
    let (header, claims) = (header(algorithm), claims(algorithm));
    let message = Draft::new(&header, &claims).signing_input().to_vec();
    Pair::new(
        move || drop(black_box(limit.sign(black_box(&message)))),
        move || drop(black_box(Draft::new(black_box(&header), &claims).sign(&key))),
    )
}

/// An assertion with its identifier.
fn assert(algorithm: Algorithm) -> Pair {
    let limit = Limit::new(algorithm);
    let key = SigningKey::new(&limit.key(algorithm)).unwrap();
    let client_id = ClientId::parse("6a8f8a0e-7e2c-4a4e-a9a2-9a3cf8a3c6a1").unwrap();
    let issuer = Issuer::parse("https://helseid-sts.test.nhn.no").unwrap();
    let now = Timestamp::from_seconds(NOW);
    let make = move || {
        let jwt_id = jwt_id(&SystemRandom);
        let request =
            AssertionRequest { client_id: &client_id, issuer: &issuer, jwt_id: &jwt_id, now, details: None };
        assertion::make(&key, request)
    };
    let message = make().expose().rsplit_once('.').unwrap().0.to_owned();
    Pair::new(
        move || drop(black_box(limit.sign(black_box(message.as_bytes())))),
        move || drop(black_box(make())),
    )
}

/// A proof with its identifier, for the token endpoint or for a call with a token.
fn prove(with_token: bool) -> Pair {
    let limit = Limit::new(Algorithm::ES256);
    let key = ProofKey::new(SigningKey::new(&limit.key(Algorithm::ES256)).unwrap());
    let target = Target::parse("https://api.example.no/patients/1").unwrap();
    let now = Timestamp::from_seconds(NOW);
    let token = AccessToken::new("x".repeat(1024));
    let make = move || {
        let jwt_id = jwt_id(&SystemRandom);
        key.make(ProofRequest {
            method: &http::Method::GET,
            target: &target,
            nonce: None,
            access_token: with_token.then_some(&token),
            jwt_id: &jwt_id,
            now,
        })
    };
    let message = make().expose().rsplit_once('.').unwrap().0.to_owned();
    Pair::new(
        move || drop(black_box(limit.sign(black_box(message.as_bytes())))),
        move || drop(black_box(make())),
    )
}

fn header(algorithm: Algorithm) -> Object {
    let header =
        json!({ "alg": algorithm.name(), "typ": "at+jwt", "kid": "8A6F0E7E2C4A4EA9A29A3CF8A3C6A1B2" });
    header.as_object().cloned().unwrap()
}

/// What HelseID says of a machine; padded so that the token has about 1 KiB whatever its signature.
fn claims(algorithm: Algorithm) -> Object {
    let signature = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => 342,
        Algorithm::ES256 => 86,
        Algorithm::ES384 => 128,
        _ => 176,
    };
    let now = Timestamp::from_seconds(NOW);
    let claims = json!({
        "iss": "https://helseid-sts.test.nhn.no",
        "aud": "nhn:patients",
        "iat": now.seconds(),
        "nbf": now.seconds(),
        "exp": now.plus(Duration::from_secs(600)).seconds(),
        "jti": "qz8fL7Jx8fGx3hVb2n0Q5w",
        "client_id": "6a8f8a0e-7e2c-4a4e-a9a2-9a3cf8a3c6a1",
        "scope": ["nhn:patients/read"],
        "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
        "padding": "x".repeat((1024 - 120 - signature) * 3 / 4 - 280),
    });
    claims.as_object().cloned().unwrap()
}
