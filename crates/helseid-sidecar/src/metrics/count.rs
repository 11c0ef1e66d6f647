//! What is known of an answer when it is counted.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use tokio::time::Instant;

use super::Metrics;

/// The endpoint that answered; among the extensions of its answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered(pub(crate) &'static str);

/// The API that was called; among the extensions of answers to calls.
#[derive(Debug, Clone)]
pub(crate) struct Called(pub(crate) Arc<str>);

/// What was decided of a request to an API that is protected; among the extensions of answers that tell it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub(crate) protect: Arc<str>,
    pub(crate) decision: &'static str,
}

/// Counts every answer.
pub(crate) async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let answer = next.run(request).await;
    metrics.answered(&answer, began.elapsed());
    answer
}

/// An API may answer with any of 900 statuses.
pub(super) const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
