//! Who sees the pages, and what may be done from them. In this order:
//!
//! 1. The request names one of our own hosts.
//! 2. Its cookie is of a session that has not ended, and its address is the session's own ([`super::paths`]).
//! 3. A change says that it comes from one of our own pages (`Origin`), and its form has the session's token.

use std::sync::Arc;

use ::http::request::Parts;
use ::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use helseid_protocol::jose::{base64url, crypto};

use super::super::Refusal;
use super::fields::Fields;
use super::frame::{self, Section};
use super::language::{self, Language};
use super::passes::{self, PassKind};
use super::paths::{self, SessionPart};
use crate::app::App;
use crate::web::body;

/// The most bytes of a form: a certificate chain as a key, and then some.
const MAX_FORM: usize = 512 * 1024;

/// Whoever sees a page.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) language: Language,
    /// What the addresses of the session's pages begin with.
    pub(super) base: String,
    /// The address of the page that is asked for; the first page's where something is changed.
    pub(super) here: String,
    /// The session's token against forged forms.
    pub(super) csrf: String,
    /// Under which the session is kept.
    pub(super) session: passes::PassHash,
}

/// Lets a request to a page pass, with [`Signed`] and, of a change, its [`Fields`].
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(refusal) = app.access.own_origin(&parts.headers) {
        return refusal.into_response();
    }
    let signed = match session(&app, &parts).await {
        Ok(Some(signed)) => signed,
        Ok(None) => return sign_in(&app, &parts),
        Err(refusal) => return refusal.into_response(),
    };
    if parts.method != Method::GET && parts.method != Method::HEAD {
        let fields = match body::read(body, MAX_FORM).await {
            Ok(form) => Fields::read(&form),
            Err(unread) => return unread.into_response(),
        };
        let own = app.access.require_own_page(&parts.headers).and_then(|()| require_token(&signed, &fields));
        if let Err(refusal) = own {
            tracing::warn!(?refusal, "a form was refused");
            return frame::refused(&app, &signed, Section::Overview, refusal);
        }
        parts.extensions.insert(fields);
        parts.extensions.insert(signed);
        return next.run(Request::from_parts(parts, Body::empty())).await;
    }
    parts.extensions.insert(signed);
    next.run(Request::from_parts(parts, body)).await
}

/// Leads whoever asks for no page of a session to where one is opened.
pub(super) async fn lead_to_sign_in(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    match app.access.own_origin(&parts.headers) {
        Ok(_) => sign_in(&app, &parts),
        Err(refusal) => refusal.into_response(),
    }
}

/// To the page to sign in, for who asks for a page; nobody looks at what else is answered.
fn sign_in(app: &App, parts: &Parts) -> Response {
    if parts.method == Method::GET && !parts.uri.path().ends_with("/live") {
        return Redirect::to(&format!("{}/sign-in", paths::root(app))).into_response();
    }
    no_session().into_response()
}

/// The session of a request's cookie; of a replica, with what the others had answered before.
async fn session(app: &App, parts: &Parts) -> Result<Option<Signed>, Refusal> {
    let Some(part) = parts.extensions.get::<SessionPart>() else { return Ok(None) };
    let name = cookie_name(app);
    // Of several cookies of this name, as other paths or versions have left them, the one of this address.
    let Some(token) = language::cookies(&parts.headers, &name).find(|token| part.is_of(token)) else {
        return Ok(None);
    };
    let hash = passes::hash(token);
    if !passes::holds(app, PassKind::Session, hash).await? {
        return Ok(None);
    }
    app.catch_up().await;
    let base = paths::of_session(app, token);
    let here = match (&parts.method, parts.uri.path_and_query()) {
        (&Method::GET, Some(here)) => format!("{base}{here}"),
        _ => base.clone(),
    };
    let csrf = base64url::encode(&passes::hash(&format!("form {token}")));
    Ok(Some(Signed { language: Language::of(&parts.headers), base, here, csrf, session: hash }))
}

fn require_token(signed: &Signed, fields: &Fields) -> Result<(), Refusal> {
    if crypto::equal(fields.text("csrf").as_bytes(), signed.csrf.as_bytes()) {
        return Ok(());
    }
    let detail = "expected the token of this session in the form, got another or none";
    let next = "open the page again, and send the form from there";
    Err(Refusal::new(StatusCode::FORBIDDEN, "the form is not of this session", detail, next))
}

fn no_session() -> Refusal {
    let detail = "the session has ended, or never was";
    let next = "sign in again: helseid authority sign-in prints a link";
    Refusal::new(StatusCode::UNAUTHORIZED, "you are not signed in", detail, next)
}

/// Named after the instance: cookies know no ports, and several authorities may run at one desk.
pub(super) fn cookie_name(app: &App) -> String {
    let hash = crypto::sha256(app.issuer.as_str().as_bytes());
    format!("helseid_admin_{}", base64url::encode(&hash).get(..8).unwrap_or_default())
}

/// Nothing from elsewhere, nothing inline, in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What holds for every answer. `same-origin` and not `no-referrer`, with which browsers send forms without an origin.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds the headers that bound what a page may do.
pub(super) async fn harden(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let cache = response.headers_mut().entry(header::CACHE_CONTROL);
    cache.or_insert(HeaderValue::from_static("no-store"));
    response
}
