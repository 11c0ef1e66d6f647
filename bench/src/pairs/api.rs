//! A request to a protected API against the signatures that it cannot avoid, and against the service inside.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use helseid_api::test_util::{TestClient, TestIssuer};
use helseid_api::{
    ApiProtection, Claim, Claimed, MaybeReady, MemoryReplayGuard, ProofUse, ReplayGuard, Scheme,
};
use helseid_protocol::jose::Algorithm;
use http::{HeaderMap, Method, Request, Response};
use tower::{Layer as _, Service, service_fn};

use super::pair::{Case, Pair};
use crate::limit::Limit;

const URL: &str = "https://api.example.no/patients/1";

/// Everything that is compared.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    [
        Case::new("api bearer RS256 new", || bearer(0)),
        Case::new("api bearer RS256 seen", || bearer(1)),
        Case::new("api DPoP RS256 new", || dpop(0)),
        Case::new("api DPoP RS256 seen", || dpop(1)),
    ]
    .into_iter()
}

/// The service that is protected: it does nothing.
fn inside(_: Request<()>) -> Ready<Result<Response<()>, Infallible>> {
    ready(Ok(Response::new(())))
}

/// Does its work, and lets the same proof in again: it is asked more often than proofs can be made.
struct Forgiving(MemoryReplayGuard);

impl ReplayGuard for Forgiving {
    fn claim(&self, proof: ProofUse) -> Claimed<'_> {
        let claim = pin!(self.0.claim(proof)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(claim, Poll::Ready(Claim::First | Claim::Again)));
        MaybeReady::ready(Claim::First)
    }

    fn answers_at_once(&self) -> bool {
        self.0.answers_at_once()
    }
}

fn request(headers: &HeaderMap) -> Request<()> {
    let mut request = Request::get("/patients/1").body(()).unwrap();
    *request.headers_mut() = headers.clone();
    request
}

fn answered<S: Service<Request<()>, Error = Infallible>>(
    mut service: S,
    request: Request<()>,
) -> S::Response {
    match pin!(service.call(request)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(answer)) => answer,
        _ => unreachable!("everything is in memory"),
    }
}

/// An API that remembers so many tokens and keys, and a client of it.
fn api(scheme: Scheme, remember: usize) -> (ApiProtection, TestClient) {
    let issuer = TestIssuer::with_algorithm("https://helseid-sts.test.nhn.no", Algorithm::RS256);
    let builder = ApiProtection::builder(issuer.name(), "nhn:patients").keys(issuer.keys());
    let builder = builder.public_url("https://api.example.no").scheme(scheme).remember(remember, remember);
    let protection = builder.replay_guard(Forgiving(MemoryReplayGuard::default())).build().unwrap();
    let client = issuer.client("nhn:patients").scope("nhn:patients/read").claim("padding", "x".repeat(300));
    (protection, client)
}

/// One RSA signature; none if the token was seen.
fn bearer(remember: usize) -> Pair {
    let (protection, client) = api(Scheme::Bearer, remember);
    let headers = client.unbound().request(&Method::GET, URL).headers();
    let layer = protection.require_scopes_all(["nhn:patients/read"]).unwrap();
    let service = layer.layer(service_fn(inside));
    let bare = headers.clone();
    let limit = Limit::new(Algorithm::RS256);
    let (message, signature) = signed(&limit);
    Pair::new(
        move || {
            black_box(answered(service_fn(inside), request(black_box(&bare))));
            if remember == 0 {
                limit.verify(black_box(&message), &signature);
            }
        },
        move || assert!(answered(service.clone(), request(black_box(&headers))).status().is_success()),
    )
}

/// The signature of the proof, and that of the token unless it was seen.
fn dpop(remember: usize) -> Pair {
    let (protection, client) = api(Scheme::Dpop, remember);
    let headers = client.request(&Method::GET, URL).headers();
    let layer = protection.require_scopes_all(["nhn:patients/read"]).unwrap();
    let service = layer.layer(service_fn(inside));
    let bare = headers.clone();
    let (of_token, of_proof) = (Limit::new(Algorithm::RS256), Limit::new(Algorithm::ES256));
    let (token, token_signature) = signed(&of_token);
    let (proof, proof_signature) = signed(&of_proof);
    Pair::new(
        move || {
            black_box(answered(service_fn(inside), request(black_box(&bare))));
            if remember == 0 {
                of_token.verify(black_box(&token), &token_signature);
            }
            of_proof.verify(black_box(&proof), &proof_signature);
        },
        move || assert!(answered(service.clone(), request(black_box(&headers))).status().is_success()),
    )
}

/// A message of a token's length, signed.
fn signed(limit: &Limit) -> (Vec<u8>, Vec<u8>) {
    let message = vec![b'x'; 700];
    let signature = limit.sign(&message);
    (message, signature)
}
