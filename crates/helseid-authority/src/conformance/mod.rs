//! Conformance at home: a session is an issuer of its own, below ours, that lets a client go on where it breaks a rule, and
//! reports each rule as kept, broken or not exercised.
//!
//! The clients are those of the registry. Tokens name the session as their issuer, so that no API that trusts the authority
//! takes them. Sessions are in the memory of this process.

mod judge;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::http::Request;
use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use helseid_admin_api::ConformanceReport;
use helseid_protocol::dpop::NonceKey;
use helseid_protocol::endpoint::token;
use helseid_protocol::id::{InvalidIssuer, Issuer};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::bytes32;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Timestamp;
use tower::ServiceExt as _;

use crate::app::{App, Judged, targets};
use crate::registry::registration::new_id;
use crate::trace::Trace;

/// The most sessions; the oldest makes room.
const MAX: usize = 20;

/// The sessions, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<VecDeque<Arc<Session>>>);

/// An issuer that reports on its clients.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) opened: Timestamp,
    app: Arc<App>,
    router: Router,
    metadata_reads: AtomicU64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Session").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Sessions {
    /// Opens a session that holds all clients to one profile.
    pub(crate) fn open(&self, app: &App, profile: Option<Profile>) -> Result<Arc<Session>, InvalidIssuer> {
        let id = new_id(&*app.random).to_string();
        let issuer = Issuer::parse(&app.issuer.at(&format!("/{id}")))?;
        let own = Arc::new(of_session(app, issuer, profile.unwrap_or(app.profile)));
        let router = crate::web::session_router(&own);
        let session =
            Session { id, opened: app.clock.now(), app: own, router, metadata_reads: AtomicU64::new(0) };
        let session = Arc::new(session);
        let mut sessions = self.kept();
        if sessions.len() >= MAX {
            sessions.pop_front();
        }
        sessions.push_back(session.clone());
        Ok(session)
    }

    /// The session of this id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.kept().iter().find(|session| session.id == id).cloned()
    }

    /// All of them, the newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.kept().iter().rev().cloned().collect()
    }

    /// Ends a session; tells whether there was one.
    pub(crate) fn end(&self, id: &str) -> bool {
        let mut sessions = self.kept();
        let before = sessions.len();
        sessions.retain(|session| session.id != id);
        sessions.len() < before
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// What was seen so far.
    pub(crate) fn report(&self) -> ConformanceReport {
        judge::report(self)
    }
}

/// The same registry and keys under another name; nonces, used ids and trace are the session's own.
fn of_session(app: &App, issuer: Issuer, profile: Profile) -> App {
    App {
        token_endpoint: issuer.at(token::PATH),
        token_targets: targets(&issuer, token::PATH),
        issuer,
        profile,
        algorithm: app.algorithm,
        tolerance: app.tolerance,
        self_service_key_lifetime: app.self_service_key_lifetime,
        clock: app.clock.clone(),
        random: app.random.clone(),
        registry: app.registry.clone(),
        signing: app.signing.clone(),
        nonces: NonceKey::new(&bytes32(&*app.random)),
        replay_key: Arc::new(MacKey::new(&bytes32(&*app.random))),
        fleeting: app.fleeting.clone(),
        proof_keys: Arc::default(),
        access: app.access.clone(),
        admin_mount: app.admin_mount.clone(),
        trace: Arc::new(Trace::new()),
        limits: app.limits.clone(),
        log: app.log.clone(),
        conformance: Sessions::default(),
        judged: Some(Judged { profile }),
        scenarios: None,
    }
}

/// What is below a session's issuer; whatever else is asked for is not there.
pub(crate) async fn enter(
    State(app): State<Arc<App>>,
    OriginalUri(whole): OriginalUri,
    mut request: Request<Body>,
) -> Response {
    let (id, rest) = request.uri().path().trim_start_matches('/').split_once('/').unwrap_or_default();
    let Some(session) = app.conformance.find(id) else { return crate::web::not_there(&app, &whole) };
    if rest.starts_with(".well-known/o") && !rest.ends_with("/jwks") {
        session.metadata_reads.fetch_add(1, Ordering::Relaxed);
    }
    *request.uri_mut() = whole;
    answer(&session, request).await
}

/// A session's metadata where RFC 8414 section 3.1 has them: before the issuer's path, of which the session is the end.
pub(crate) async fn metadata(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response {
    let Some(session) = app.conformance.find(&id) else {
        return crate::web::not_there(&app, request.uri());
    };
    session.metadata_reads.fetch_add(1, Ordering::Relaxed);
    answer(&session, request).await
}

async fn answer(session: &Session, request: Request<Body>) -> Response {
    match session.router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
