//! Who sees the pages, and what may be done from them. In this order:
//!
//! 1. The request names one of our own hosts.
//! 2. Its cookie is of a session that has not ended, and its address is the session's own ([`super::paths`]).
//! 3. A change says that it comes from one of our own pages (`Origin`), and its form has the session's token.

use ::http::request::Parts;
use ::http::{Method, Request, StatusCode};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::super::site::AdminSite;
use super::super::state::AdminState;
use super::frame;
use super::paths;
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use crate::web::csrf;
use crate::web::form::Fields;
use crate::web::origin::OriginHeader;

/// The most bytes of a form: a certificate chain as a key, and then some.
const MAX_FORM: usize = 512 * 1024;

/// Lets a request to a page pass, with its [`AdminSession`] and, of a change, its [`Fields`].
pub(super) async fn guard(State(state): State<AdminState>, request: Request<Body>, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(why) = state.access.origins.own(&parts.headers) {
        return Refusal::of_origin(&why).into_response();
    }
    let session = match AdminSession::of(&state, &parts).await {
        Ok(Some(session)) => session,
        Ok(None) => return sign_in(&state.site, &parts),
        Err(why) => return Refusal::from(why).into_response(),
    };
    if parts.method != Method::GET && parts.method != Method::HEAD {
        let fields = match Fields::receive(body, MAX_FORM).await {
            Ok(fields) => fields,
            Err(unread) => return unread.into_response(),
        };
        let own = state.access.origins.check(&parts.headers, OriginHeader::Required);
        let own = own.map_err(|why| Refusal::of_origin(&why));
        if let Err(refusal) = own.and_then(|()| require_token(&session, &fields)) {
            tracing::warn!(?refusal, "a form was refused");
            return frame::refused(&state, &session, Section::Overview, refusal);
        }
        parts.extensions.insert(fields);
        parts.extensions.insert(session);
        return next.run(Request::from_parts(parts, Body::empty())).await;
    }
    parts.extensions.insert(session);
    next.run(Request::from_parts(parts, body)).await
}

/// Leads whoever asks for no page of a session to where one is opened.
pub(super) async fn lead_to_sign_in(State(state): State<AdminState>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    match state.access.origins.own(&parts.headers) {
        Ok(_) => sign_in(&state.site, &parts),
        Err(why) => Refusal::of_origin(&why).into_response(),
    }
}

/// To the page to sign in, for who asks for a page; nobody looks at what else is answered.
fn sign_in(site: &AdminSite, parts: &Parts) -> Response {
    if parts.method == Method::GET && !parts.uri.path().ends_with("/live") {
        return Redirect::to(&format!("{}/sign-in", paths::root(site))).into_response();
    }
    let detail = "the session has ended, or there was none";
    let next = "sign in again: helseid authority sign-in prints a link";
    Refusal::new(StatusCode::UNAUTHORIZED, "you are not signed in", detail, next).into_response()
}

fn require_token(session: &AdminSession, fields: &Fields) -> Result<(), Refusal> {
    if session.csrf.is(fields.text(csrf::FIELD)) {
        return Ok(());
    }
    let detail = "expected the token of this session in the form, got another or none";
    let next = "open the page again, and send the form from there";
    Err(Refusal::new(StatusCode::FORBIDDEN, "the form is not from this session", detail, next))
}
