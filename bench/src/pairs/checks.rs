//! Assertions and proofs that came, against the signatures in them.

use std::hint::black_box;
use std::time::Duration;

use helseid_protocol::assertion::{self, AssertionRequest, ClientKey, PresentedAssertion};
use helseid_protocol::dpop::{
    self, CachedKeys, ExpectedNonce, PresentedProof, ProofKey, ProofRequest, Target,
};
use helseid_protocol::id::{ClientId, Issuer, JwtId};
use helseid_protocol::jose::{Algorithm, SigningKey, VerifyKey};
use helseid_protocol::rule::{OtherAlgorithm, Switches, Trail};
use helseid_protocol::time::Timestamp;
use http::{HeaderMap, HeaderValue, Method};

use super::pair::{Case, Pair};
use crate::limit::Limit;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

const TOLERANCE: Duration = Duration::from_secs(10);

/// Everything that is compared.
pub(super) fn cases() -> impl Iterator<Item = Case> {
    [
        Case::new("check assertion RS256", || check_assertion(Algorithm::RS256)),
        Case::new("check assertion ES256", || check_assertion(Algorithm::ES256)),
        Case::new("check proof RS256", || check_proof(Algorithm::RS256, false)),
        Case::new("check proof RS256 seen", || check_proof(Algorithm::RS256, true)),
        Case::new("check proof ES256", || check_proof(Algorithm::ES256, false)),
        Case::new("check proof ES256 seen", || check_proof(Algorithm::ES256, true)),
    ]
    .into_iter()
}

/// All rules of an assertion but its use.
fn check_assertion(algorithm: Algorithm) -> Pair {
    let limit = Limit::new(algorithm);
    let key = SigningKey::new(&limit.key(algorithm)).unwrap();
    let keys = [ClientKey { key: VerifyKey::new(key.public().clone()).unwrap(), expires: None }];
    let issuer = Issuer::parse("https://helseid-sts.test.nhn.no").unwrap();
    let request = AssertionRequest {
        client_id: &ClientId::parse("6a8f8a0e-7e2c-4a4e-a9a2-9a3cf8a3c6a1").unwrap(),
        issuer: &issuer,
        jwt_id: &JwtId::parse("qz8fL7Jx8fGx3hVb2n0Q5w").unwrap(),
        now: NOW,
        details: None,
    };
    let assertion = assertion::make(&key, request).expose().to_owned();
    let token_endpoint = issuer.at("/connect/token");
    bare(limit, &assertion, move |assertion| {
        let expectations = assertion::Expectations {
            issuer: &issuer,
            token_endpoint: &token_endpoint,
            switches: &Switches::HELSEID,
            tolerance: TOLERANCE,
            now: NOW,
        };
        let mut trail = Trail::new();
        let presented = PresentedAssertion::read(assertion, &mut trail).unwrap();
        black_box(presented.check(&keys, expectations, &mut trail).unwrap());
    })
}

/// All rules of a proof but its use; its key is new, or was seen before.
fn check_proof(algorithm: Algorithm, seen: bool) -> Pair {
    let limit = Limit::new(algorithm);
    let key = ProofKey::new(SigningKey::new(&limit.key(algorithm)).unwrap());
    let target = Target::parse("https://api.example.no/patients/1").unwrap();
    let request = ProofRequest {
        method: &Method::GET,
        target: &target,
        nonce: None,
        access_token: None,
        jwt_id: &JwtId::parse("qz8fL7Jx8fGx3hVb2n0Q5w").unwrap(),
        now: NOW,
    };
    let proof = key.make(request).expose().to_owned();
    let targets = [target];
    let mut known = None;
    bare(limit, &proof, move |proof| {
        let expectations = dpop::Expectations {
            method: &Method::GET,
            targets: &targets,
            nonce: ExpectedNonce::None,
            bound_to: None,
            algorithms: Switches::HELSEID.algorithms,
            other_algorithm: OtherAlgorithm::Warned,
            window: TOLERANCE,
            tolerance: TOLERANCE,
            now: NOW,
        };
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("dpop"),
            HeaderValue::from_str(proof).unwrap(),
        )]);
        let (mut trail, lookup) = (Trail::new(), |_: &str| known.clone());
        let presented = PresentedProof::read_known(&headers, CachedKeys::by(&lookup), &mut trail).unwrap();
        let checked = black_box(presented.unwrap().check(expectations, &mut trail).unwrap());
        if seen {
            known = Some(checked.key().clone());
        }
    })
}

/// What `check` does with a JWT, against its bare signature.
fn bare(limit: Limit, jwt: &str, mut check: impl FnMut(&str) + 'static) -> Pair {
    let message = jwt.rsplit_once('.').unwrap().0.as_bytes().to_vec();
    let signature = limit.sign(&message);
    let jwt = jwt.to_owned();
    Pair::new(move || limit.verify(black_box(&message), &signature), move || check(black_box(&jwt)))
}
