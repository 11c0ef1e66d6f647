//! What became of the newest requests to the token endpoint, for the people who send them.

mod redact;
mod view;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use helseid_protocol::endpoint::admin::TraceOutcome;
use helseid_protocol::random::{Random, hexadecimal};
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::time::Timestamp;
use tokio::sync::broadcast;

pub(crate) use redact::Structured;

/// The most requests that are kept.
const MAX: usize = 1_000;

/// The most of one client.
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
    pub(crate) seen: Seen,
    pub(crate) trail: Trail,
    pub(crate) fault: Option<Fault>,
}

/// What a request brought along.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Who its assertion says it is from; nothing says yet that it is.
    pub(crate) client_id: Option<String>,
    assertion: Option<Box<str>>,
    proof: Option<Box<str>>,
}

impl Seen {
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
    live: broadcast::Sender<Arc<Recorded>>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    requests: VecDeque<Arc<Recorded>>,
    of_client: HashMap<Option<String>, usize>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::default(), live: broadcast::Sender::new(LAG) }
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
        kept.push(request.clone());
        drop(kept);
        // Nobody watches most of the time.
        let _ = self.live.send(request);
    }

    /// The newest requests first, at most `limit` of those that `wanted` says.
    pub(crate) fn newest(&self, limit: usize, wanted: impl Fn(&Recorded) -> bool) -> Vec<Arc<Recorded>> {
        self.kept().requests.iter().rev().filter(|request| wanted(request)).take(limit).cloned().collect()
    }

    /// The request of this id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Recorded>> {
        self.kept().requests.iter().find(|request| request.id == id).cloned()
    }

    /// Requests as they come.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Recorded>> {
        self.live.subscribe()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, request: Arc<Recorded>) {
        let client = &request.seen.client_id;
        let full = self.of_client.get(client).is_some_and(|count| *count >= MAX_OF_CLIENT);
        let oldest = if full {
            self.requests.iter().position(|kept| kept.seen.client_id == *client)
        } else {
            (self.requests.len() >= MAX).then_some(0)
        };
        if let Some(gone) = oldest.and_then(|place| self.requests.remove(place))
            && let Some(count) = self.of_client.get_mut(&gone.seen.client_id)
        {
            *count -= 1;
            if *count == 0 {
                self.of_client.remove(&gone.seen.client_id);
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
            seen: Seen { client_id: Some(client.to_owned()), ..Seen::default() },
            trail: Trail::new(),
            fault: None,
        }
    }

    #[test]
    fn a_busy_client_does_not_push_the_others_out() {
        let trace = Trace::new();
        trace.record(request("quiet"));
        (0..5_000).for_each(|_| trace.record(request("busy")));
        assert_eq!(trace.newest(usize::MAX, |_| true).len(), MAX_OF_CLIENT + 1);
        let quiet = |request: &Recorded| request.seen.client_id.as_deref() == Some("quiet");
        assert_eq!(trace.newest(usize::MAX, quiet).len(), 1);
    }

    #[test]
    fn the_newest_thousand_are_kept() {
        let trace = Trace::new();
        (0..3_000).for_each(|n| trace.record(request(&format!("client {n}"))));
        let kept = trace.newest(usize::MAX, |_| true);
        assert_eq!((kept.len(), kept[0].seq, kept[MAX - 1].seq), (MAX, 3_000, 2_001));
        assert_eq!(trace.kept().of_client.len(), MAX);
    }

    #[test]
    fn of_a_jwt_the_signature_and_of_a_long_one_nothing_is_kept() {
        assert_eq!(unsigned("a.b.c").as_deref(), Some("a.b"));
        assert_eq!(unsigned(&format!("{}.b.c", "a".repeat(MAX_JWT_BYTES))), None);
        assert_eq!(unsigned("nothing"), None);
    }
}
