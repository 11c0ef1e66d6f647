//! Conformance tests at home: a session is an issuer of its own, below the authority's, that lets a client go on where it
//! breaks a rule, and reports each rule as kept, broken or not exercised.
//!
//! The clients are those of the registry, with their grants and addresses. Tokens name the session as their issuer, so that no API
//! that trusts the authority takes them; codes, refresh tokens and sessions of browsers are the session's own, too. Sessions are in
//! the memory of this process. Below each is an API that judges its callers, with another API behind it if an administrator says so.

mod fresh;
mod judge;
mod next;
mod upstream;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::Request;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use axum::routing::{any, get};
use helseid_admin_api::{ConformanceReport, NewConformance, SessionApi};
use helseid_http::Outbound;
use helseid_protocol::endpoint::metadata::OAUTH_PATH;
use helseid_protocol::id::{InvalidIssuer, Issuer};
use helseid_protocol::random::Random;
use helseid_protocol::rule::Endpoint;
use helseid_protocol::time::{Clock, Timestamp};
use tower::ServiceExt as _;

pub(crate) use upstream::{CheckedApi, Upstream};

use crate::issuer::{ConformanceMode, ServedIssuer};
use crate::registry::registration::new_id;
use crate::storage::registry::StoreError;
use crate::trace::Trace;
use crate::web::Peer;

/// The most sessions; the oldest makes room.
const MAX: usize = 20;

/// Makes what serves a session.
type Serve = Box<dyn Fn(ServedIssuer, CheckedApi) -> Served + Send + Sync>;

/// What serves a session, once its store is open.
pub(crate) type Served = Pin<Box<dyn Future<Output = Result<SessionServer, StoreError>> + Send>>;

/// The sessions, and how a new one is served.
pub(crate) struct Sessions {
    /// The issuer below which the sessions are.
    parent: Arc<ServedIssuer>,
    serve: Serve,
    /// The way to the APIs that sessions stand in front of.
    way: Arc<Outbound>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// The oldest first.
    open: Mutex<VecDeque<Arc<Session>>>,
}

/// What serves a session: a whole issuer, with the same clients and keys under another name.
pub(crate) struct SessionServer {
    pub(crate) issuer: Arc<ServedIssuer>,
    pub(crate) trace: Arc<Trace>,
    /// What came to the session's API.
    pub(crate) calls: Arc<Trace>,
    /// Those whose rules are judged.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) router: Router,
}

/// Why no session was opened.
///
/// ```no_run
/// # async fn example(authority: helseid_authority::TestAuthority) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::NotOpened;
/// use helseid_protocol::rule::Profile;
///
/// match authority.open_conformance(Profile::Helseid).await {
///     Ok(report) => println!("point the client to {}", report.issuer),
///     Err(NotOpened::Storage(why)) => println!("make room, or look at the disk: {why}"),
///     Err(why) => println!("{why}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotOpened {
    /// Its issuer would have no good name.
    #[error("the session's issuer has no good name: {0}")]
    Name(#[from] InvalidIssuer),
    /// What is to be its API cannot be.
    #[error("{why}")]
    Api {
        /// What is wrong with it.
        why: String,
        /// What to do about it.
        next: &'static str,
    },
    /// There is no room for the logins of its clients.
    #[error("the logins of a session cannot be stored: {0}")]
    Storage(#[from] StoreError),
}

/// An issuer that reports on its clients.
pub(crate) struct Session {
    pub(crate) id: String,
    opened: Timestamp,
    api: SessionApi,
    server: SessionServer,
    metadata_reads: AtomicU64,
}

impl Sessions {
    /// No session yet, below `parent`; each new one is served by what `serve` makes.
    pub(crate) fn new(
        parent: Arc<ServedIssuer>,
        way: Arc<Outbound>,
        (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
        serve: impl Fn(ServedIssuer, CheckedApi) -> Served + Send + Sync + 'static,
    ) -> Self {
        Self { parent, serve: Box::new(serve), way, clock, random, open: Mutex::default() }
    }

    /// Opens a session that holds all clients to one profile, the authority's own unless one is given. Whether its API's audience is
    /// registered is asked before.
    pub(crate) async fn open(&self, asked: NewConformance) -> Result<Arc<Session>, NotOpened> {
        let (parent, id) = (&self.parent, new_id(&*self.random).to_string());
        let name = Issuer::parse(&parent.name.at(&format!("/{id}")))?;
        let NewConformance { profile, api } = asked;
        let profile = profile.unwrap_or(parent.profile);
        let checked = CheckedApi::of(&api, &self.way, &parent.name)
            .map_err(|why| NotOpened::Api { why: why.to_string(), next: why.next() })?;
        let issuer = ServedIssuer::new(name, profile, parent.tolerance, ConformanceMode::Report);
        let issuer = issuer.max_exchanges(parent.max_exchanges);
        let (server, opened) = ((self.serve)(issuer, checked).await?, self.clock.now());
        let session = Arc::new(Session { id, opened, api, server, metadata_reads: AtomicU64::new(0) });
        let mut sessions = self.all_open();
        if sessions.len() >= MAX {
            sessions.pop_front();
        }
        sessions.push_back(session.clone());
        Ok(session)
    }

    /// The session of this id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.all_open().iter().find(|session| session.id == id).cloned()
    }

    /// All of them, the newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.all_open().iter().rev().cloned().collect()
    }

    /// Ends a session; tells whether there was one.
    pub(crate) fn end(&self, id: &str) -> bool {
        let mut sessions = self.all_open();
        let before = sessions.len();
        sessions.retain(|session| session.id != id);
        sessions.len() < before
    }

    fn all_open(&self) -> MutexGuard<'_, VecDeque<Arc<Session>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// What was seen so far.
    pub(crate) fn report(&self) -> ConformanceReport {
        judge::report(self)
    }

    fn count_metadata_read(&self) {
        self.metadata_reads.fetch_add(1, Ordering::Relaxed);
    }

    async fn answer(&self, mut request: Request<Body>) -> Response {
        // The path's parameters are none of the session's own router.
        let extensions = request.extensions_mut();
        let peer: Option<Peer> = extensions.remove();
        extensions.clear();
        if let Some(peer) = peer {
            extensions.insert(peer);
        }
        answer(self.server.router.clone(), request).await
    }
}

/// What the routes share: the sessions, and what answers where there is none of that id.
#[derive(Clone)]
struct RouteState {
    sessions: Arc<Sessions>,
    others: Router,
}

/// The routes below the authority's path. Whatever is no session is answered by `others`, which is all else there is: a path of
/// two parts or more may be one that they refuse in their own way.
pub(crate) fn routes(sessions: Arc<Sessions>, others: Router) -> Router {
    Router::new().route("/{session}/{*path}", any(below)).with_state(RouteState { sessions, others })
}

/// The routes at the root: the metadata of a session where RFC 8414 section 3.1 has them, before the path of the issuer, of
/// which the session is the last part.
pub(crate) fn metadata_routes(sessions: Arc<Sessions>, others: Router) -> Router {
    let path = format!("{OAUTH_PATH}{}/{{session}}", sessions.parent.path());
    Router::new().route(&path, get(metadata)).with_state(RouteState { sessions, others })
}

async fn below(
    State(RouteState { sessions, others }): State<RouteState>,
    path: Result<Path<(String, String)>, PathRejection>,
    OriginalUri(whole): OriginalUri,
    mut request: Request<Body>,
) -> Response {
    // A path that is no text is none of a session's.
    let Ok(Path((id, path))) = path else { return answer(others, request).await };
    let Some(session) = sessions.find(&id) else { return answer(others, request).await };
    if path.starts_with(".well-known/o") && !path.ends_with("/jwks") {
        session.count_metadata_read();
    }
    // The session's router has its whole path.
    *request.uri_mut() = whole;
    session.answer(request).await
}

async fn metadata(
    State(RouteState { sessions, others }): State<RouteState>,
    id: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Response {
    let Ok(Path(id)) = id else { return answer(others, request).await };
    let Some(session) = sessions.find(&id) else { return answer(others, request).await };
    session.count_metadata_read();
    session.answer(request).await
}

async fn answer(router: Router, request: Request<Body>) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
