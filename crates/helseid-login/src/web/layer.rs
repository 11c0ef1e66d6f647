//! What stands around all routes of the app:
//!
//! 1. A request that may change something comes from a page of this origin, but for back-channel logout.
//! 2. Extractors find the login here, and read the session once.
//! 3. What they saw of a person, or what sets a cookie, is kept in no cache, unless the handler says how long.
//! 4. A session that ends closes its event streams.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt as _;
use helseid_protocol::log_within;

use super::csrf;
use super::kind::tell;
use super::pages::Notice;
use super::state::Shared;
use super::visit::Visit;
use crate::session::Session;

/// The one path that HelseID itself posts to.
pub(crate) const BACK_CHANNEL: &str = "/backchannel-logout";

pub(crate) async fn guard(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let visit = Visit::new(shared, path);
    request.extensions_mut().insert(visit.clone());
    let shared = visit.shared();
    if csrf::is_unsafe(request.method())
        && request.uri().path() != BACK_CHANNEL
        && !csrf::is_same_origin(&shared.site, request.headers())
    {
        let (parts, _) = request.into_parts();
        log_within!(shared.log, shared.now(), info, method = %parts.method, "a request of another site was refused");
        return tell(&parts, Notice::OtherSite, shared);
    }
    let mut response = next.run(request).await;
    if let Some(cookie) = visit.changed() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if visit.seen().is_some() || response.headers().contains_key(header::SET_COOKIE) {
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(no_store);
    }
    match visit.seen() {
        Some(Some(session)) if is_event_stream(&response) => {
            until_ended(response, visit.shared().clone(), session.clone())
        }
        _ => response,
    }
}

fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/event-stream"))
}

/// The response, whose body ends when the session does.
fn until_ended(response: Response, shared: Arc<Shared>, session: Session) -> Response {
    let ended = Box::pin(async move { shared.sessions.until_ended(&session).await });
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(ended)))
}
