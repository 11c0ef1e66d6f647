//! `/logout` and `/logged-out`.
//!
//! 1. The session ends here, whatever comes after. Where the store does not answer, HelseID is told all the same, whose
//!    back-channel logout then ends it.
//! 2. Its refresh token is revoked.
//! 3. A page sends the person on to HelseID by a form, so that no address has the ID token; and HelseID back to `/logged-out`.
//!
//! The browser keeps its cookie where a page says that the logout did not succeed: it can be tried again.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::kind::redirect;
use super::pages::{self, Details, Frame, Notice};
use super::session_cookie;
use super::state::Shared;
use crate::session::Session;

/// How long HelseID has for the refresh token: the person waits.
const REVOCATION: Duration = Duration::from_secs(5);

/// POST, from a page of ours as the layer knows.
pub(crate) async fn post(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let left = match session_cookie::look(&shared, &headers).await {
        Ok(Some(session)) => leave(&shared, &headers, &session).await,
        Ok(None) => Some(redirect(&shared.site.path("/logged-out"))),
        Err(error) => {
            tracing::error!(%error, "a session could not be read to end it");
            None
        }
    };
    let Some(mut response) = left else { return still_here(&shared, &headers) };
    if let Some(cookie) = session_cookie::remove(&shared) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// GET. Any link leads here: it says that somebody is logged out where nobody is logged in.
pub(crate) async fn logged_out(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match session_cookie::look(&shared, &headers).await {
        Ok(Some(_)) => redirect(shared.site.front()),
        Ok(None) => pages::notice(&headers, Notice::LoggedOut, Details::default(), shared.frame()),
        Err(_) => still_here(&shared, &headers),
    }
}

/// The page with a button that logs out again.
fn still_here(shared: &Shared, headers: &HeaderMap) -> Response {
    pages::notice(headers, Notice::LogoutFailed, Details::default(), shared.frame())
}

/// Ends the session here and at HelseID; none if it goes on, and nobody else was told to end it.
async fn leave(shared: &Shared, headers: &HeaderMap, session: &Session) -> Option<Response> {
    let ended = shared.sessions.end(session).await;
    if let Err(error) = &ended {
        tracing::error!(%error, "a session could not be ended");
    }
    if let Some(token) = session.refresh_token() {
        shared.client.revoke_within(token, REVOCATION).await;
    }
    let end_session = shared.client.endpoints().await.ok().and_then(|endpoints| endpoints.end_session);
    let Some(end_session) = end_session else {
        return ended.is_ok().then(|| redirect(&shared.site.path("/logged-out")));
    };
    let back = shared.site.at("/logged-out");
    let fields = [
        ("id_token_hint", session.hint().expose()),
        ("client_id", shared.client.client_id().as_str()),
        ("post_logout_redirect_uri", &back),
    ];
    let away = super::form_source(end_session.as_str());
    let frame = Frame { away: &away, ..shared.frame() };
    Some(pages::leaving(headers, end_session.as_str(), &fields, frame))
}
