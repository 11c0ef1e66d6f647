//! One request, as the layer around the app's routes, extractors and answers see it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue};
use tokio::sync::OnceCell;

use super::session_cookie;
use super::state::Shared;
use crate::session::{Session, SessionCookie, SessionError};

/// One request, as extractors see it.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Inside>);

struct Inside {
    shared: Arc<Shared>,
    path: String,
    session: OnceCell<Option<Session>>,
    /// A session cookie that the handler caused to be new.
    changed: Mutex<Option<SessionCookie>>,
}

impl Visit {
    /// One to this path and query, as the layer around the app's routes sees them.
    pub(crate) fn new(shared: Arc<Shared>, path: String) -> Self {
        Self(Arc::new(Inside { shared, path, session: OnceCell::new(), changed: Mutex::default() }))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    /// Path and query of the request, below those of the public address.
    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    /// The session of the request, read once, however many ask.
    pub(crate) async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, SessionError> {
        let read = || session_cookie::open(&self.0.shared, headers);
        self.0.session.get_or_try_init(read).await.cloned()
    }

    /// Gives the browser another session cookie with the answer.
    pub(crate) fn change_cookie(&self, cookie: SessionCookie) {
        *self.0.changed.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie);
    }

    /// The session, if an extractor asked for it.
    pub(crate) fn seen(&self) -> Option<&Option<Session>> {
        self.0.session.get()
    }

    /// The header that gives it.
    pub(crate) fn changed(&self) -> Option<HeaderValue> {
        let changed = self.0.changed.lock().unwrap_or_else(PoisonError::into_inner);
        session_cookie::set(&self.0.shared, changed.as_ref()?)
    }
}
