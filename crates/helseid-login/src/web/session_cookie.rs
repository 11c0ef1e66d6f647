//! The session of a request, by its cookie.

use axum::http::{HeaderMap, HeaderValue};

use super::cookie;
use super::state::Shared;
use crate::session::{Session, SessionCookie, SessionError};

/// The kind of the cookie, in its name.
const KIND: &str = "session";

/// The session of the request's cookie, and that it was used.
pub(crate) async fn open(shared: &Shared, headers: &HeaderMap) -> Result<Option<Session>, SessionError> {
    match sent(shared, headers) {
        Some(cookie) => shared.sessions.open(&cookie).await,
        None => Ok(None),
    }
}

/// The same, which does not count as use: a page that asks every minute does not keep a session alive.
pub(crate) async fn look(shared: &Shared, headers: &HeaderMap) -> Result<Option<Session>, SessionError> {
    match sent(shared, headers) {
        Some(cookie) => shared.sessions.look(&cookie).await,
        None => Ok(None),
    }
}

/// The header that gives a browser its session, for as long as it runs.
pub(crate) fn set(shared: &Shared, cookie: &SessionCookie) -> Option<HeaderValue> {
    cookie::set_until_closed(&shared.site, &shared.site.cookie_name(KIND), &cookie.expose())
}

/// The header that takes it away.
pub(crate) fn remove(shared: &Shared) -> Option<HeaderValue> {
    cookie::remove(&shared.site, &shared.site.cookie_name(KIND))
}

fn sent(shared: &Shared, headers: &HeaderMap) -> Option<SessionCookie> {
    SessionCookie::parse(cookie::only_value(headers, &shared.site.cookie_name(KIND))?.as_bytes())
}
