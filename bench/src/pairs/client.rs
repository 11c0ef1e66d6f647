//! The client: a token at hand, the headers of a call, and a whole call, against what each cannot do without.

use std::collections::HashMap;
use std::future::Future;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::routing::get;
use helseid_client::protocol::jose::Algorithm;
use helseid_client::protocol::scope::ScopeSet;
use helseid_client::test_util::{TestClock, TestIssuer};
use helseid_client::{Client, TokenRequest};
use helseid_http::{MAX_ANSWER_BYTES, Outbound};
use http::Request;

use super::pair::{Case, Pair};
use crate::limit::Limit;

/// How many tokens are kept while one of them is asked for.
const KEPT: usize = 1_000;

/// What the API answers: as long as the answers of the other benches.
const ANSWER: [u8; 219] = [b'x'; 219];

/// Everything that is compared.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    [
        Case::new("token at hand", token_at_hand),
        Case::new("headers of a call", headers),
        Case::new("whole call", call),
    ]
    .into_iter()
}

/// One of a thousand kept tokens, against a look into a table of as many.
fn token_at_hand() -> Pair {
    let client = client();
    let requests: Vec<_> = (0..KEPT).map(scoped).collect();
    for request in &requests {
        now(client.token_for(request)).unwrap();
    }
    let table: HashMap<String, usize> = (0..KEPT).map(|n| (format!("nhn:bench/{n}\n\n"), n)).collect();
    let keys: Vec<_> = table.keys().cloned().collect();
    let (mut looked, mut asked) = (Cycle::new(keys), Cycle::new(requests));
    Pair::new(
        move || assert!(black_box(table.get(looked.next())).is_some()),
        move || drop(black_box(now(client.token_for(asked.next())).unwrap())),
    )
}

/// `Authorization` and `DPoP` for a request, against the signature of the proof.
fn headers() -> Pair {
    let (client, limit) = (client(), Limit::new(Algorithm::ES256));
    now(client.token()).unwrap();
    Pair::new(
        move || drop(black_box(limit.sign(&[b'x'; 400]))),
        move || {
            let mut request = Request::get("https://api.example/patients/1?page=2").body(()).unwrap();
            now(client.authorize(&mut request)).unwrap();
            black_box(request);
        },
    )
}

/// A call of an API on loopback with token and proof, against the same call by the same HTTP client without.
fn call() -> Pair {
    let address = serve();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let runtime = std::rc::Rc::new(runtime);
    let (client, outbound) = (client(), Outbound::builder().build().unwrap());
    let (other, url) = (runtime.clone(), address.clone());
    Pair::new(
        move || {
            let request = Request::get(&address).body(Vec::new()).unwrap();
            let answer = runtime.block_on(outbound.send(request, MAX_ANSWER_BYTES)).unwrap();
            assert_eq!(answer.body().len(), ANSWER.len());
        },
        move || {
            let answer = other.block_on(client.get(&url).send()).unwrap();
            assert_eq!(answer.bytes().len(), ANSWER.len());
        },
    )
}

fn client() -> Client {
    TestIssuer::new().client(&TestClock::new()).unwrap()
}

fn scoped(n: usize) -> TokenRequest {
    TokenRequest::default().scope(ScopeSet::parse(&format!("nhn:bench/{n}")).unwrap())
}

/// What a future gives that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ready) => ready,
        Poll::Pending => panic!("it waits for something"),
    }
}

/// An API in a thread of its own; gone with the process.
fn serve() -> String {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let router = Router::new().route("/patients", get(|| async { ANSWER.as_slice() }));
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{address}/patients")
}

/// No divisor of how many there are.
const STEP: usize = 7;

/// Items taken again and again, not in their order: neighbours in memory would flatter a cache.
struct Cycle<T> {
    items: Vec<T>,
    place: usize,
}

impl<T> Cycle<T> {
    fn new(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), place: 0 }
    }

    fn next(&mut self) -> &T {
        self.place = (self.place + STEP) % self.items.len();
        self.items.get(self.place).unwrap()
    }
}
