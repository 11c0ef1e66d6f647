//! The newest requests to the endpoints of an issuer and their outcome, for the people who send them.
//!
//! Requests that no client has signed are in a queue of their own, so that strangers cannot displace clients' requests.

mod attested;
pub(crate) mod endpoint;
mod queue;
mod recorded;
mod redact;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use helseid_admin_api::TraceDetails;
use helseid_protocol::random::{Random, hexadecimal};
use tokio::sync::broadcast;

use queue::Queue;

pub(crate) use recorded::{LoginPage, Recorded, RequestArtifacts};
pub(crate) use redact::Structured;
pub(crate) use view::endpoint_name;

/// The most requests of authenticated clients.
const MAX_OF_CLIENTS: usize = 800;

/// The most requests whose sender was not authenticated.
const MAX_OF_STRANGERS: usize = 200;

/// How many requests a reader of the live stream may lag behind before it misses some.
const LAG: usize = 256;

/// The newest requests, in memory, and the streams of new ones.
#[derive(Debug)]
pub(crate) struct Trace {
    requests: Mutex<Requests>,
    /// The address below which a request is explained to anyone who has its id; none if requests are not explained.
    explained_at: Option<String>,
}

#[derive(Debug)]
struct Requests {
    last_seq: u64,
    of_clients: Queue,
    of_strangers: Queue,
    /// None once the streams have ended.
    live: Option<broadcast::Sender<Arc<Recorded>>>,
}

impl Trace {
    pub(crate) fn new() -> Self {
        let (of_clients, of_strangers) = (Queue::new(MAX_OF_CLIENTS), Queue::new(MAX_OF_STRANGERS));
        let live = Some(broadcast::Sender::new(LAG));
        let requests = Requests { last_seq: 0, of_clients, of_strangers, live };
        Self { requests: Mutex::new(requests), explained_at: None }
    }

    /// Explains refused requests below this address.
    pub(crate) fn explained_at(self, address: String) -> Self {
        Self { explained_at: Some(address), ..self }
    }

    /// The address at which the request of this id is explained.
    pub(crate) fn error_uri(&self, id: &str) -> Option<String> {
        self.explained_at.as_ref().map(|address| format!("{address}/{id}"))
    }

    /// A new id, which cannot be guessed.
    pub(crate) fn new_id(random: &dyn Random) -> String {
        hexadecimal(random)
    }

    /// Stores a request, whose `seq` it sets, and drops the oldest if there are too many.
    pub(crate) fn record(&self, mut request: Recorded) {
        let mut requests = self.requests();
        requests.last_seq += 1;
        request.seq = requests.last_seq;
        if request.artifacts.login_id.is_none() {
            request.artifacts.login_id = requests.login_of(&request.artifacts);
        }
        let request = Arc::new(request);
        let is_clients = request.artifacts.is_authenticated;
        let queue = if is_clients { &mut requests.of_clients } else { &mut requests.of_strangers };
        queue.push(request.clone());
        let live = requests.live.clone();
        drop(requests);
        // An error only means that nobody is watching.
        let _ = live.map(|live| live.send(request));
    }

    /// The newest requests first, at most `limit` of those that pass `filter`.
    pub(crate) fn newest(&self, limit: usize, filter: impl Fn(&Recorded) -> bool) -> Vec<Arc<Recorded>> {
        self.requests().newest().filter(|request| filter(request)).take(limit).cloned().collect()
    }

    /// The requests of one login, the oldest first.
    pub(crate) fn of_login(&self, login_id: &str) -> Vec<Arc<Recorded>> {
        let is_of_it = |request: &Recorded| request.artifacts.login_id.as_deref() == Some(login_id);
        let mut requests = self.newest(usize::MAX, is_of_it);
        requests.reverse();
        requests
    }

    /// The request of this id.
    fn find(&self, id: &str) -> Option<Arc<Recorded>> {
        let requests = self.requests();
        let mut all = requests.of_clients.requests.iter().chain(&requests.of_strangers.requests);
        all.find(|request| request.id == id).cloned()
    }

    /// Everything about the request of this id, and the story of its login.
    pub(crate) fn explained(&self, id: &str, structured: Structured) -> Option<TraceDetails> {
        let request = self.find(id)?;
        let story = request.artifacts.login_id.as_deref().map(|login| self.of_login(login));
        let story = story.iter().flatten().map(|request| request.entry().step()).collect();
        Some(request.details(structured, story))
    }

    /// Requests as they come, until the streams end.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Recorded>> {
        match &self.requests().live {
            Some(live) => live.subscribe(),
            // The sender is dropped at once, which ends the stream.
            None => broadcast::Sender::new(1).subscribe(),
        }
    }

    /// Ends all streams, so that an open page does not delay the shutdown.
    pub(crate) fn end_streams(&self) {
        self.requests().live = None;
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Requests {
    /// The newest first.
    fn newest(&self) -> impl Iterator<Item = &Arc<Recorded>> {
        let mut of_clients = self.of_clients.requests.iter().rev().peekable();
        let mut of_strangers = self.of_strangers.requests.iter().rev().peekable();
        std::iter::from_fn(move || match (of_clients.peek(), of_strangers.peek()) {
            (Some(client), Some(stranger)) if client.seq < stranger.seq => of_strangers.next(),
            (None, _) => of_strangers.next(),
            _ => of_clients.next(),
        })
    }

    /// The newest login of the request's session: of its client, if it names one.
    fn login_of(&self, artifacts: &RequestArtifacts) -> Option<String> {
        let session = artifacts.session.as_ref()?;
        let is_the_clients = |other: &RequestArtifacts| {
            artifacts.client_id.is_none() || other.client_id == artifacts.client_id
        };
        let mut of_session = self.newest().map(|request| &request.artifacts);
        let found = of_session.find(|other| {
            other.login_id.is_some() && other.session.as_ref() == Some(session) && is_the_clients(other)
        });
        found.and_then(|found| found.login_id.clone())
    }
}

#[cfg(test)]
mod tests {
    use helseid_admin_api::TraceOutcome;
    use helseid_protocol::grant::GrantType;
    use helseid_protocol::rule::{Endpoint, Trail};
    use helseid_protocol::time::Timestamp;

    use super::queue::MAX_PER_CLIENT;
    use super::*;

    fn request(client: &str) -> Recorded {
        Recorded {
            seq: 0,
            id: String::new(),
            at: Timestamp::from_seconds(0),
            endpoint: Endpoint::Token(GrantType::ClientCredentials),
            outcome: TraceOutcome::Granted,
            scope: None,
            answer: None,
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
        assert_eq!(trace.newest(usize::MAX, |_| true).len(), MAX_PER_CLIENT + 1);
        let quiet = |request: &Recorded| request.artifacts.client_id.as_deref() == Some("quiet");
        assert_eq!(trace.newest(usize::MAX, quiet).len(), 1);
    }

    #[test]
    fn the_newest_eight_hundred_of_clients_are_kept() {
        let trace = Trace::new();
        (0..3_000).for_each(|n| trace.record(request(&format!("client {n}"))));
        let kept = trace.newest(usize::MAX, |_| true);
        assert_eq!((kept.len(), kept[0].seq, kept[MAX_OF_CLIENTS - 1].seq), (MAX_OF_CLIENTS, 3_000, 2_201));
        assert_eq!(trace.requests().of_clients.by_client.len(), MAX_OF_CLIENTS);
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

    #[test]
    fn a_logout_belongs_to_the_login_of_its_session_and_client_and_to_no_other() {
        let trace = Trace::new();
        let in_session = |client: &str, login: Option<&str>, session: &str| {
            let mut request = request(client);
            match login {
                Some(login) => request.artifacts.belongs_to(login, session),
                None => request.artifacts.is_in_session(session),
            }
            request
        };
        trace.record(in_session("a", Some("first"), "session"));
        trace.record(in_session("b", Some("other client"), "session"));
        trace.record(in_session("a", Some("other session"), "another"));
        trace.record(in_session("a", None, "session"));
        trace.record(in_session("a", None, "unknown"));
        trace.record(in_session("c", None, "session"));
        let logins: Vec<_> =
            trace.newest(3, |_| true).iter().map(|request| request.artifacts.login_id.clone()).collect();
        assert_eq!(logins, [None, None, Some("first".to_owned())]);
        assert_eq!(trace.of_login("first").iter().map(|request| request.seq).collect::<Vec<_>>(), [1, 4]);
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
}
