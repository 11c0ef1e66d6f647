//! What whoever runs a sidecar looks at: `GET /health`, `GET /ready`, `GET /metrics` and `GET /openapi.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use helseid_protocol::time::Clock;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use crate::callers::{Callers, Door, Endpoint, guarded};
use crate::metrics::Metrics;
use crate::outbound::Calls;
use crate::outcomes::Outcomes;

/// The type of OpenMetrics, by which Prometheus knows it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The OpenAPI document of all endpoints.
pub(crate) const OPENAPI: &str = include_str!("../../openapi.json");

/// How the sidecar is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Status {
    /// `up`, `ready` or `not ready`.
    status: &'static str,
}

#[derive(Clone)]
struct Looked {
    outcomes: Arc<Outcomes>,
    clock: Arc<dyn Clock>,
}

/// What is counted, and whose tokens are told of.
#[derive(Clone)]
pub(crate) struct Counted {
    pub(crate) calls: Arc<Calls>,
    pub(crate) metrics: Arc<Metrics>,
}

/// The routes that need no key: they tell nothing but that. Where an address for probes is set up, they are answered there to the
/// whole network.
pub(crate) fn probes(outcomes: Arc<Outcomes>, clock: Arc<dyn Clock>) -> Router {
    let looked = Looked { outcomes, clock };
    Router::new().route("/health", get(health)).route("/ready", get(ready)).with_state(looked)
}

/// The route that needs one: it tells the names of accounts and APIs (threat B11).
pub(crate) fn metrics(counted: Counted, callers: &Arc<Callers>) -> Router {
    let door = Door { callers: callers.clone(), endpoint: Endpoint::Metrics };
    guarded(Router::new().route("/metrics", get(counts)), door).with_state(counted)
}

/// The same for the document, though it is one everywhere: what listens here is nothing for web pages to know (threat B11).
pub(crate) fn openapi(callers: &Arc<Callers>) -> Router {
    let door = Door { callers: callers.clone(), endpoint: Endpoint::Openapi };
    let document = || async { ([(CONTENT_TYPE, "application/json")], OPENAPI) };
    guarded(Router::new().route("/openapi.json", get(document)), door)
}

/// What these endpoints are told of as.
#[cfg(test)]
pub(crate) fn describe(document: &mut crate::openapi::Document) {
    let operation = document.operation("GET /health", "health", "Whether it answers").open();
    operation.answered::<Status>(&[200], "It does.").done();
    let operation = document
        .operation("GET /ready", "ready", "Whether it gives tokens, by what is known of the last ones")
        .open();
    operation.answered::<Status>(&[200, 503], "As `status` says.").done();
    let operation = document.operation("GET /metrics", "metrics", "What was counted").guarded();
    operation.answered_with("200", "In the format of OpenMetrics.", (OPEN_METRICS, &[])).done();
    let operation = document.operation("GET /openapi.json", "openapi", "This document").guarded();
    operation.answered::<serde_json::Map<String, serde_json::Value>>(&[200], "OpenAPI 3.1.").done();
}

/// It answers.
async fn health() -> Response {
    Json(Status { status: "up" }).into_response()
}

/// By what is known of the last token of each account; nobody is asked.
async fn ready(State(looked): State<Looked>) -> Response {
    match looked.outcomes.are_good(looked.clock.now()) {
        true => Json(Status { status: "ready" }).into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, Json(Status { status: "not ready" })).into_response(),
    }
}

/// What was counted, and what is known of each account.
async fn counts(State(counted): State<Counted>) -> Response {
    match counted.metrics.text(&counted.calls.states()) {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
