//! Who may use the admin API: the holder of its token, from a page of ours or from no page at all.

use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::log_within;

use super::access::Access;
use super::state::AdminState;
use crate::web::header::single;
use crate::web::origin::OriginHeader;
use crate::web::problem::ProblemResponse;

/// How long a request may take, its body and all.
const TIME: Duration = Duration::from_secs(30);

/// Lets a request pass, or refuses it. Also for paths that do not exist: strangers learn nothing of them.
pub(super) async fn guard(State(state): State<AdminState>, request: Request<Body>, next: Next) -> Response {
    match check(&state.access, request.headers()) {
        Ok(()) => {
            state.registry.refresh_replica().await;
            let Ok(mut response) = tokio::time::timeout(TIME, next.run(request)).await else {
                return too_slow().into_response();
            };
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(problem) => {
            let (log, now) = (&state.site.log.strangers, state.site.clock.now());
            let ProblemResponse { title, detail, .. } = &problem;
            log_within!(log, now, warn, refusal = title, detail, "a request to the admin API was refused");
            problem.into_response()
        }
    }
}

fn too_slow() -> ProblemResponse {
    let detail = format!("the request was not answered within {} s", TIME.as_secs());
    let next = "try again; if that does not help, look into the log of the authority";
    ProblemResponse::new(StatusCode::REQUEST_TIMEOUT, "the request took too long", detail, next)
}

fn check(access: &Access, headers: &HeaderMap) -> Result<(), ProblemResponse> {
    access
        .origins
        .check(headers, OriginHeader::Optional)
        .map_err(|why| ProblemResponse::of_origin(&why, "call the admin API from the command line"))?;
    let token = single(headers, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if token.is_some_and(|token| access.takes(token)) {
        return Ok(());
    }
    let detail = match token {
        Some(_) => "expected this authority's admin token, got another",
        None => "expected Authorization: Bearer with the admin token, got none",
    };
    let next = "read the token from admin.json in the authority's data folder; the command line does so with --data-dir";
    Err(ProblemResponse::new(StatusCode::UNAUTHORIZED, "the admin token is wrong or missing", detail, next))
}
