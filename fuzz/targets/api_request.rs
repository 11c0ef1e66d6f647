#![no_main]
//! A whole request to a protected API: nobody comes in without a token of the issuer's, and nobody twice by one proof.
//!
//! The first line is the method, a space, and the path. Then members for the token's header (`T`) and claims (`t`) and for
//! the proof's (`P`, `p`) as JSON objects, which are signed by the right keys; `-` alone signs by a stranger's. The rest
//! are headers, in which `{token}` and `{proof}` stand for what was signed.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};

use helseid_api::protocol::time::Timestamp;
use helseid_api::test_util::{Jwt, Signer, TestClient, TestIssuer, TestRequest};
use helseid_api::{ApiProtection, ProtectionLayer, Scheme, SecurityLevel, TrustedProxies};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use serde_json::Value;
use tower::{Layer as _, Service, service_fn};

static TICKS: AtomicI64 = AtomicI64::new(0);

/// A second for every thousand requests, so that used proofs grow old and are forgotten.
fn clock() -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + TICKS.load(Ordering::Relaxed) / 1000)
}

struct World {
    client: TestClient,
    layers: Vec<ProtectionLayer>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let issuer = TestIssuer::new("https://sts.example");
    let proxies = || {
        let peer = |_: &http::Extensions| Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        TrustedProxies::new(["127.0.0.1"], ["api.example"], peer).expect("proxies")
    };
    let builder = |scheme| {
        let builder = ApiProtection::builder("https://sts.example", "nhn:api").keys(issuer.keys());
        builder.public_url("https://api.example").clock(clock).scheme(scheme)
    };
    let strict = builder(Scheme::Dpop).trusted_proxies(proxies()).build().expect("a protection");
    let nonces = builder(Scheme::Transition).nonces([1; 32]).remember(0, 0).build().expect("a protection");
    let layers = vec![
        strict.layer(),
        nonces.require_scopes_any(["nhn:api/read"]).expect("a scope").security_level(SecurityLevel::Low),
        builder(Scheme::Bearer).build().expect("a protection").optional(),
    ];
    World { client: issuer.client("nhn:api").scope("nhn:api/read").clock(clock), layers }
});

/// The service that is protected: it does nothing.
fn inside(_: Request<()>) -> Ready<Result<Response<()>, Infallible>> {
    ready(Ok(Response::new(())))
}

fn changed(jwt: Jwt, members: &str, header: bool) -> Jwt {
    let Ok(Value::Object(members)) = serde_json::from_str(members) else { return jwt };
    members.into_iter().fold(jwt, |jwt, (name, value)| match (header, value) {
        (true, Value::Null) => jwt.without_header(&name),
        (false, Value::Null) => jwt.without_claim(&name),
        (true, value) => jwt.header(&name, value),
        (false, value) => jwt.claim(&name, value),
    })
}

/// The request, and whether it holds a token by the issuer's key.
fn request(text: &str) -> Option<(Request<()>, bool)> {
    let mut lines = text.split('\n');
    let (method, path) = lines.next()?.split_once(' ')?;
    let method = Method::from_bytes(method.as_bytes()).ok()?;
    let mut sent: TestRequest = WORLD.client.request(&method, "https://api.example/who");
    let mut headers = Vec::new();
    for line in lines.take(16) {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("T", members) => sent = sent.token(|jwt| changed(jwt, members, true)),
            ("t", members) => sent = sent.token(|jwt| changed(jwt, members, false)),
            ("P", members) => sent = sent.proof(|jwt| changed(jwt, members, true)),
            ("p", members) => sent = sent.proof(|jwt| changed(jwt, members, false)),
            ("-", _) => sent.token_signer = Signer::Stranger,
            _ => headers.push(line.split_once(": ")?),
        }
    }
    let signed = sent.headers();
    let text = |name: &str| signed.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (token, proof) = (text("authorization").split(' ').nth(1)?, text("dpop"));
    let mut request = Request::builder().method(method).uri(path).body(()).ok()?;
    let mut is_ours = false;
    for (name, value) in headers {
        is_ours |= value.contains("{token}") && sent.token_signer == Signer::Own;
        let value = value.replace("{token}", token).replace("{proof}", proof);
        let (name, value) =
            (HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        request.headers_mut().append(name, value);
    }
    Some((request, is_ours))
}

fn answered(layer: &ProtectionLayer, request: Request<()>) -> (StatusCode, usize) {
    let mut future = pin!(layer.layer(service_fn(inside)).call(request));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(answer)) => {
            (answer.status(), answer.headers().get_all("www-authenticate").iter().count())
        }
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => panic!("everything is in memory"),
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    TICKS.fetch_add(1, Ordering::Relaxed);
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some((request, is_ours)) = request(text) else { return };
    let layers = &WORLD.layers;
    let place = usize::from(*first) % layers.len();
    let layer = &layers[place];
    let again = request.clone();
    let without_credentials = !request.headers().contains_key("authorization");
    match answered(layer, request) {
        (StatusCode::OK, 0) => {
            assert!(is_ours || (place == 2 && without_credentials), "somebody came in");
            if place == 0 {
                let (status, _) = answered(layer, again);
                assert_ne!(status, StatusCode::OK, "a proof was used twice");
            }
        }
        (StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, challenges) => {
            assert!(challenges > 0, "a refusal without a challenge");
        }
        other => panic!("{other:?}"),
    }
});
