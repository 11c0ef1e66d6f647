//! What became of the newest requests to the token endpoint, for the people who send them.
//!
//! Requests that no client has signed have a part of their own: whoever sends them pushes no client's request out.

pub(crate) mod endpoint;
mod redact;
mod view;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use helseid_admin_api::TraceOutcome;
use helseid_protocol::random::{Random, hexadecimal};
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::time::Timestamp;
use tokio::sync::broadcast;

pub(crate) use redact::Structured;

/// The most requests of clients that are kept.
const MAX_OF_CLIENTS: usize = 800;

/// The most requests that are kept of which nobody knows who sent them.
const MAX_OF_STRANGERS: usize = 200;

/// The most of one client, and of one name that strangers give.
const MAX_OF_CLIENT: usize = 200;

/// The most bytes of an assertion or a proof that are kept; of a longer one nothing is.
const MAX_JWT_BYTES: usize = 4 * 1024;

/// How far a reader of the live stream may lag behind before it misses some.
const LAG: usize = 256;

/// What is kept of a request: its assertion and proof without their signatures, which are worth nothing then.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) outcome: TraceOutcome,
    pub(crate) scope: Option<String>,
    pub(crate) artifacts: RequestArtifacts,
    pub(crate) trail: Trail,
    pub(crate) fault: Option<Fault>,
}

/// What a request brought along.
#[derive(Debug, Default)]
pub(crate) struct RequestArtifacts {
    /// Who its assertion says it is from; nothing says yet that it is.
    pub(crate) client_id: Option<String>,
    /// Whether that client has signed it.
    pub(crate) is_authenticated: bool,
    assertion: Option<Box<str>>,
    proof: Option<Box<str>>,
}

impl RequestArtifacts {
    pub(crate) fn assertion(&mut self, jws: &str) {
        self.assertion = unsigned(jws);
    }

    pub(crate) fn proof(&mut self, jws: &str) {
        self.proof = unsigned(jws);
    }
}

fn unsigned(jws: &str) -> Option<Box<str>> {
    let (signing_input, _signature) = jws.rsplit_once('.')?;
    (signing_input.len() <= MAX_JWT_BYTES).then(|| signing_input.into())
}

/// The newest requests, in memory, and whoever watches.
#[derive(Debug)]
pub(crate) struct Trace {
    kept: Mutex<Kept>,
    /// The address below which a request is explained to whoever has its id; none where nobody is told.
    explained_at: Option<String>,
}

#[derive(Debug)]
struct Kept {
    next: u64,
    of_clients: Part,
    of_strangers: Part,
    /// None once the streams have ended.
    live: Option<broadcast::Sender<Arc<Recorded>>>,
}

/// Requests, the oldest first.
#[derive(Debug)]
struct Part {
    max: usize,
    requests: VecDeque<Arc<Recorded>>,
    of_client: HashMap<Option<String>, usize>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        let part = |max| Part { max, requests: VecDeque::new(), of_client: HashMap::new() };
        let (of_clients, of_strangers) = (part(MAX_OF_CLIENTS), part(MAX_OF_STRANGERS));
        let live = Some(broadcast::Sender::new(LAG));
        Self { kept: Mutex::new(Kept { next: 0, of_clients, of_strangers, live }), explained_at: None }
    }

    /// With refused requests explained below this address.
    pub(crate) fn explained_at(self, address: String) -> Self {
        Self { explained_at: Some(address), ..self }
    }

    /// Where a refused request of this id is explained.
    pub(crate) fn error_uri(&self, id: &str) -> Option<String> {
        self.explained_at.as_ref().map(|address| format!("{address}/{id}"))
    }

    /// A new id, which nobody can guess.
    pub(crate) fn new_id(random: &dyn Random) -> String {
        hexadecimal(random)
    }

    /// Keeps a request, whose `seq` it sets, and forgets the oldest if there are too many.
    pub(crate) fn record(&self, mut request: Recorded) {
        let mut kept = self.kept();
        kept.next += 1;
        request.seq = kept.next;
        let request = Arc::new(request);
        let part =
            if request.artifacts.is_authenticated { &mut kept.of_clients } else { &mut kept.of_strangers };
        part.push(request.clone());
        let live = kept.live.clone();
        drop(kept);
        // Nobody watches most of the time.
        let _ = live.map(|live| live.send(request));
    }

    /// The newest requests first, at most `limit` of those that `wanted` says.
    pub(crate) fn newest(&self, limit: usize, wanted: impl Fn(&Recorded) -> bool) -> Vec<Arc<Recorded>> {
        let kept = self.kept();
        let mut of_clients = kept.of_clients.requests.iter().rev().peekable();
        let mut of_strangers = kept.of_strangers.requests.iter().rev().peekable();
        let next = || match (of_clients.peek(), of_strangers.peek()) {
            (Some(client), Some(stranger)) if client.seq < stranger.seq => of_strangers.next(),
            (None, _) => of_strangers.next(),
            _ => of_clients.next(),
        };
        let newest = std::iter::from_fn(next).filter(|request| wanted(request));
        newest.take(limit).cloned().collect()
    }

    /// The request of this id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Recorded>> {
        let kept = self.kept();
        let mut all = kept.of_clients.requests.iter().chain(&kept.of_strangers.requests);
        all.find(|request| request.id == id).cloned()
    }

    /// Requests as they come, until the streams end.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Recorded>> {
        match &self.kept().live {
            Some(live) => live.subscribe(),
            // Its sender is gone at once, which is its end.
            None => broadcast::Sender::new(1).subscribe(),
        }
    }

    /// Ends whatever watches: an open page does not hold a stop.
    pub(crate) fn end_streams(&self) {
        self.kept().live = None;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    fn push(&mut self, request: Arc<Recorded>) {
        let client = &request.artifacts.client_id;
        let full = self.of_client.get(client).is_some_and(|count| *count >= MAX_OF_CLIENT);
        let oldest = if full {
            self.requests.iter().position(|kept| kept.artifacts.client_id == *client)
        } else {
            (self.requests.len() >= self.max).then_some(0)
        };
        if let Some(gone) = oldest.and_then(|place| self.requests.remove(place))
            && let Some(count) = self.of_client.get_mut(&gone.artifacts.client_id)
        {
            *count -= 1;
            if *count == 0 {
                self.of_client.remove(&gone.artifacts.client_id);
            }
        }
        *self.of_client.entry(client.clone()).or_default() += 1;
        self.requests.push_back(request);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(client: &str) -> Recorded {
        Recorded {
            seq: 0,
            id: String::new(),
            at: Timestamp::from_seconds(0),
            outcome: TraceOutcome::Granted,
            scope: None,
            artifacts: RequestArtifacts {
                client_id: Some(client.to_owned()),
                is_authenticated: true,
                ..RequestArtifacts::default()
            },
            trail: Trail::new(),
            fault: None,
        }
    }

    fn of_stranger(name: &str) -> Recorded {
        let mut request = request(name);
        request.artifacts.is_authenticated = false;
        request
    }

    #[test]
    fn a_busy_client_does_not_push_the_others_out() {
        let trace = Trace::new();
        trace.record(request("quiet"));
        (0..5_000).for_each(|_| trace.record(request("busy")));
        assert_eq!(trace.newest(usize::MAX, |_| true).len(), MAX_OF_CLIENT + 1);
        let quiet = |request: &Recorded| request.artifacts.client_id.as_deref() == Some("quiet");
        assert_eq!(trace.newest(usize::MAX, quiet).len(), 1);
    }

    #[test]
    fn the_newest_eight_hundred_of_clients_are_kept() {
        let trace = Trace::new();
        (0..3_000).for_each(|n| trace.record(request(&format!("client {n}"))));
        let kept = trace.newest(usize::MAX, |_| true);
        assert_eq!((kept.len(), kept[0].seq, kept[MAX_OF_CLIENTS - 1].seq), (MAX_OF_CLIENTS, 3_000, 2_201));
        assert_eq!(trace.kept().of_clients.of_client.len(), MAX_OF_CLIENTS);
    }

    #[test]
    fn strangers_push_no_request_of_a_client_out_and_all_come_in_their_order() {
        let trace = Trace::new();
        trace.record(request("real"));
        (0..5_000).for_each(|n| trace.record(of_stranger(&format!("invented {n}"))));
        // Nor by a name that is a client's.
        (0..5_000).for_each(|_| trace.record(of_stranger("real")));
        trace.record(request("real"));
        let kept: Vec<_> = trace.newest(usize::MAX, |_| true).iter().map(|request| request.seq).collect();
        assert_eq!(kept.len(), MAX_OF_STRANGERS + 2);
        assert_eq!((kept[0], kept[1], kept.last()), (10_002, 10_001, Some(&1)));
        assert!(kept.is_sorted_by(|newer, older| newer > older));
        assert_eq!(trace.newest(3, |request| request.artifacts.is_authenticated).len(), 2);
    }

    #[tokio::test]
    async fn streams_end_when_they_are_told_to_and_new_ones_at_once() {
        let trace = Trace::new();
        let mut watch = trace.watch();
        trace.record(request("real"));
        trace.end_streams();
        trace.record(request("later"));
        assert!(watch.recv().await.is_ok());
        assert_eq!(watch.recv().await.err(), Some(broadcast::error::RecvError::Closed));
        assert_eq!(trace.watch().recv().await.err(), Some(broadcast::error::RecvError::Closed));
    }

    #[test]
    fn of_a_jwt_the_signature_and_of_a_long_one_nothing_is_kept() {
        assert_eq!(unsigned("a.b.c").as_deref(), Some("a.b"));
        assert_eq!(unsigned(&format!("{}.b.c", "a".repeat(MAX_JWT_BYTES))), None);
        assert_eq!(unsigned("nothing"), None);
    }
}
