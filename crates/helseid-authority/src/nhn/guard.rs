//! Who reaches the stand-ins for NHN's services: not pages of other sites, and nobody who sends too many requests.

use std::sync::Arc;

use ::http::Request;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::time::Clock;

use crate::registry::Registry;
use crate::web::Peer;
use crate::web::origin::{AllowedOrigins, OriginHeader};
use crate::web::problem::ProblemResponse;
use crate::web::rate_limit::Limits;

/// What the guard asks.
#[derive(Clone)]
pub(super) struct DoublesGuard {
    pub(super) origins: Arc<AllowedOrigins>,
    pub(super) limits: Arc<Limits>,
    pub(super) registry: Arc<Registry>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Lets a request pass, unless its address sends too many or a page of another site made a browser send it.
pub(super) async fn guard(State(guard): State<DoublesGuard>, request: Request<Body>, next: Next) -> Response {
    if let Some(Peer(address)) = request.extensions().get()
        && !guard.limits.address(*address, guard.clock.now())
    {
        return ProblemResponse::too_many_requests().into_response();
    }
    if let Err(why) = guard.origins.check(request.headers(), OriginHeader::Optional) {
        return ProblemResponse::of_origin(&why, "call it from a program, not from a page").into_response();
    }
    guard.registry.refresh_replica().await;
    next.run(request).await
}
