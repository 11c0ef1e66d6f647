//! What one of many takes in memory, in this process: what is resident after so many, less what was before.

use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use helseid_api::test_util::TestIssuer;
use helseid_api::{ApiProtection, MemoryReplayGuard, ProofUse, ReplayGuard as _, Scheme};
use helseid_client::TokenRequest;
use helseid_client::test_util::{TestClock, TestIssuer as TokenIssuer};
use helseid_protocol::dpop::ReplayId;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::random::{Random as _, SystemRandom};
use helseid_protocol::scope::ScopeSet;
use http::{Method, Request, Response};
use tower::{Layer as _, Service as _, service_fn};

use crate::figures::Figure;
use crate::machine::Usage;
use crate::timestamp;

/// What is measured, each in a process of its own: what one leaves behind, the next would live in.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Thing {
    /// Used proofs.
    Proofs,
    /// Tokens of a client.
    Kept,
    /// Tokens at an API.
    Seen,
}

/// Measures one thing, or each of them.
pub(crate) fn run(thing: Option<Thing>, short: bool) {
    let scaled = |count: usize| if short { 100 } else { count };
    match thing {
        Some(Thing::Proofs) => used_proofs(scaled(1_000_000)),
        Some(Thing::Kept) => kept_tokens(scaled(1_000)),
        Some(Thing::Seen) => seen_tokens(scaled(4_000)),
        None => {
            for thing in ["proofs", "kept", "seen"] {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.args(["memory", "--thing", thing]).args(short.then_some("--short"));
                assert!(command.status().unwrap().success(), "{thing}");
            }
        }
    }
}

/// What an API remembers of proofs that were used.
fn used_proofs(count: usize) {
    let guard = MemoryReplayGuard::new(count.max(10_000) * 2);
    let (now, before) = (timestamp(), Usage::own().resident);
    for _ in 0..count {
        let mut id = [0; 16];
        SystemRandom.fill(&mut id);
        let longest = Duration::from_secs(40);
        let proof = ProofUse { id: ReplayId::from_bytes(id), until: now.plus(longest), now, longest };
        let _ = ready(guard.claim(proof));
    }
    keep("used proof, in an API", count, before);
    drop(guard);
}

/// What a client keeps of tokens.
fn kept_tokens(count: usize) {
    let client = TokenIssuer::new().client(&TestClock::new()).unwrap();
    let request =
        |n: usize| TokenRequest::default().scope(ScopeSet::parse(&format!("nhn:bench/{n}")).unwrap());
    let before = Usage::own().resident;
    for n in 0..count {
        ready(client.token_for(&request(n))).unwrap();
    }
    keep("token, in a client", count, before);
    drop(client);
}

/// What an API remembers of tokens that were good.
fn seen_tokens(count: usize) {
    let issuer = TestIssuer::with_algorithm("https://helseid-sts.test.nhn.no", Algorithm::ES256);
    let builder = ApiProtection::builder(issuer.name(), "nhn:patients").keys(issuer.keys());
    let builder = builder.public_url("https://api.example.no").scheme(Scheme::Bearer).remember(count * 2, 1);
    let layer = builder.build().unwrap().require_scopes_all(["nhn:patients/read"]).unwrap();
    let inside =
        service_fn(|_: Request<()>| std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(()))));
    let mut service = layer.layer(inside);
    let client =
        issuer.client("nhn:patients").scope("nhn:patients/read").claim("padding", "x".repeat(300)).unbound();
    let before = Usage::own().resident;
    for _ in 0..count {
        let mut request = Request::get("/patients/1").body(()).unwrap();
        *request.headers_mut() = client.request(&Method::GET, "https://api.example.no/patients/1").headers();
        assert!(ready(service.call(request)).unwrap().status().is_success());
    }
    keep("token seen before, in an API", count, before);
}

/// What a future gives that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ready) => ready,
        Poll::Pending => panic!("it waits for something"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(what: &str, count: usize, before: f64) {
    let bytes = Usage::own().resident - before;
    let count = count as f64;
    Figure::new("memory", what, "").with("count", count).with("bytes_each", bytes / count).keep();
}
