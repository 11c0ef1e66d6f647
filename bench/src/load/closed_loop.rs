//! The load itself: so many connections, each with one request under way, or one after the other where they follow from answers.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::select;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::answer;
use crate::machine::{Server, Usage};
use crate::now;

/// How much load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    /// Answers before the clock starts.
    pub(crate) warm_up: usize,
    /// How long at most from then on; it ends sooner when the requests do.
    pub(crate) time: Duration,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Answers while the clock ran.
    pub(crate) answers: usize,
    /// Answers in a second.
    pub(crate) rate: f64,
    /// What the server took for one, in microseconds on a core.
    pub(crate) server_micros: f64,
    /// Half of the answers came within this, in microseconds.
    pub(crate) p50: f64,
    /// All but one in a hundred did.
    pub(crate) p99: f64,
    /// The server's resident bytes at the end.
    pub(crate) resident: f64,
}

/// What one connection does until it counts as answered: one request, or several of which each follows from the answer before.
pub(crate) trait Exchange {
    /// The first request.
    fn first(&mut self) -> Bytes;
    /// The request that follows from an answer; none if that was the last. Any answer but the one that is meant ends everything.
    fn next(&mut self, status: u16, answer: &[u8], body: &[u8]) -> Option<Bytes>;
}

impl Exchange for Bytes {
    fn first(&mut self) -> Bytes {
        self.clone()
    }

    fn next(&mut self, status: u16, answer: &[u8], _: &[u8]) -> Option<Bytes> {
        assert!(status == 200, "an answer other than 200: {}", String::from_utf8_lossy(answer));
        None
    }
}

struct State<'a, E> {
    requests: &'a mut dyn Iterator<Item = E>,
    check: &'a mut dyn FnMut(Bytes),
    load: Load,
    server: &'a Server,
    done: usize,
    begun: Option<(Instant, Usage)>,
    end: Option<(Duration, Usage)>,
    micros: Vec<u32>,
}

impl Load {
    /// Sends `requests` to the server. An answer other than 200 ends everything; `check` sees the last body of each that counts.
    pub(crate) fn run<E: Exchange>(
        self,
        server: &Server,
        requests: &mut dyn Iterator<Item = E>,
        check: &mut dyn FnMut(Bytes),
    ) -> Measured {
        let state = State {
            requests,
            check,
            load: self,
            server,
            done: 0,
            begun: None,
            end: None,
            micros: Vec::new(),
        };
        let state = RefCell::new(state);
        state.borrow_mut().begin_if_warm();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        drive(&runtime, &state, self.connections);
        state.into_inner().measured()
    }
}

/// All connections at once, in this thread. It never sleeps: an idle core is woken at the cost of who wakes it, so that a
/// server would pay for each answer that finds us waiting, and one that keeps us busy, as the bare answer does, would not.
fn drive<E: Exchange>(runtime: &tokio::runtime::Runtime, state: &RefCell<State<'_, E>>, connections: usize) {
    let mut under_way: FuturesUnordered<_> = (0..connections).map(|_| connection(state)).collect();
    runtime.block_on(async {
        let all = async { while under_way.next().await.is_some() {} };
        let awake = async {
            loop {
                tokio::task::yield_now().await;
            }
        };
        let awake: Pin<&mut dyn Future<Output = ()>> = pin!(awake);
        let _ended = select(pin!(all), awake).await;
    });
}

async fn connection<E: Exchange>(state: &RefCell<State<'_, E>>) {
    let address = state.borrow().server.address;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut bytes = Vec::with_capacity(8 * 1024);
    loop {
        let Some(mut exchange) = state.borrow_mut().next() else { return };
        let begun = now();
        let mut request = exchange.first();
        let body = loop {
            let head = ask(&mut stream, &request, &mut bytes).await;
            let body = bytes.get(head.body).unwrap();
            match exchange.next(head.status, &bytes, body) {
                Some(next) => request = next,
                None => break body,
            }
        };
        let took = begun.elapsed();
        state.borrow_mut().answered(took, body);
    }
}

/// Sends one request, and reads the answer into `bytes`.
async fn ask(stream: &mut TcpStream, request: &[u8], bytes: &mut Vec<u8>) -> answer::Head {
    stream.write_all(request).await.unwrap();
    bytes.clear();
    loop {
        let count = stream.read_buf(bytes).await.unwrap();
        assert!(count > 0, "the server closed the connection: {}", String::from_utf8_lossy(bytes));
        if let Some(head) = answer::read(bytes) {
            return head;
        }
    }
}

impl<E> State<'_, E> {
    fn begin_if_warm(&mut self) {
        if self.done == self.load.warm_up {
            self.begun = Some((now(), self.server.usage()));
        }
    }

    fn next(&mut self) -> Option<E> {
        if self.end.is_some() { None } else { self.requests.next() }
    }

    fn answered(&mut self, took: Duration, body: &[u8]) {
        self.done += 1;
        let Some((begun, _)) = self.begun else { return self.begin_if_warm() };
        if self.end.is_some() {
            return;
        }
        self.micros.push(u32::try_from(took.as_micros()).unwrap());
        (self.check)(Bytes::copy_from_slice(body));
        let passed = begun.elapsed();
        if passed > self.load.time {
            self.stop(passed);
        }
    }

    fn stop(&mut self, passed: Duration) {
        self.end = Some((passed, self.server.usage()));
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
    fn measured(mut self) -> Measured {
        let (begun, server_before) = self.begun.expect("enough requests to warm up");
        if self.end.is_none() {
            self.stop(begun.elapsed());
        }
        let (passed, server) = self.end.unwrap();
        self.micros.sort_unstable();
        let answers = self.micros.len();
        assert!(answers > 0, "no answer while the clock ran");
        let at = |hundredths: usize| self.micros.get((answers.max(1) - 1) * hundredths / 100).copied();
        let each = |before: f64, after: f64| (after - before) * 1e6 / answers as f64;
        Measured {
            answers,
            rate: answers as f64 / passed.as_secs_f64(),
            server_micros: each(server_before.cpu, server.cpu),
            p50: at(50).map_or(f64::NAN, f64::from),
            p99: at(99).map_or(f64::NAN, f64::from),
            resident: server.resident,
        }
    }
}
