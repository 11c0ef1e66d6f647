//! What is counted. Labels are names of the configuration and words of this program, so that there are few: nothing that a caller
//! sends, no address and no number of a person is among them (threat B21).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

/// Upper bounds of the time until an answer begins, in seconds.
const TIMES: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 10.0, 30.0];

/// All counters and gauges of one sidecar.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<OfEndpoint, Counter>,
    times: Family<Asked, Histogram>,
    calls: Family<OfApi, Counter>,
    decisions: Family<OfProtect, Counter>,
    tokens: Family<OfToken, Counter>,
    failing: Family<OfAccount, Gauge>,
    offset: Family<OfAccount, Gauge>,
    texas: Texas,
}

/// As Texas names them, for dashboards that there are.
struct Texas {
    requests: Family<OfTexas, Counter>,
    errors: Family<TexasError, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEndpoint {
    endpoint: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    endpoint: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfApi {
    api: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfProtect {
    protect: String,
    /// `admitted`, or the reason why not.
    decision: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfToken {
    account: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAccount {
    account: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTexas {
    path: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TexasError {
    path: &'static str,
    error_kind: &'static str,
}

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

/// What is known of an account.
pub(crate) struct AccountState<'a> {
    pub(crate) account: &'a str,
    /// For how long every request to the authority has failed.
    pub(crate) failing: Duration,
    /// By how many seconds the authority's clock is ahead.
    pub(crate) offset: Option<i64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let times = || Histogram::new(TIMES);
        let metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            times: Family::new_with_constructor(times as fn() -> Histogram),
            calls: Family::default(),
            decisions: Family::default(),
            tokens: Family::default(),
            failing: Family::default(),
            offset: Family::default(),
            texas: Texas { requests: Family::default(), errors: Family::default() },
        };
        let own = registry.sub_registry_with_prefix("helseid_sidecar");
        own.register("requests", "Requests, by endpoint and class of status", metrics.requests.clone());
        own.register_with_unit(
            "request",
            "Time until the answer begins",
            Unit::Seconds,
            metrics.times.clone(),
        );
        own.register("calls", "Answers to calls of APIs, by class of status", metrics.calls.clone());
        own.register(
            "decisions",
            "Requests to protected APIs, admitted or not and why",
            metrics.decisions.clone(),
        );
        own.register(
            "tokens",
            "Tokens that were asked for: granted, refused or failed",
            metrics.tokens.clone(),
        );
        let help = "For how long every request to the authority has failed";
        own.register_with_unit("authority_failing", help, Unit::Seconds, metrics.failing.clone());
        let help = "By how much the authority's clock is ahead";
        own.register_with_unit("authority_clock_offset", help, Unit::Seconds, metrics.offset.clone());
        let texas = registry.sub_registry_with_prefix("texas");
        texas.register("handler_requests", "Requests by Texas's contract", metrics.texas.requests.clone());
        texas.register("handler_errors", "Refusals by Texas's contract", metrics.texas.errors.clone());
        Self { registry, ..metrics }
    }

    /// An answer that began after `took`.
    fn answered(&self, answer: &Response, took: Duration) {
        let status = class(answer.status());
        let told = answer.extensions();
        let endpoint = told.get().map_or("other", |Answered(endpoint)| *endpoint);
        self.requests.get_or_create(&OfEndpoint { endpoint, status }).inc();
        self.times.get_or_create(&Asked { endpoint }).observe(took.as_secs_f64());
        if let Some(Called(api)) = told.get() {
            self.calls.get_or_create(&OfApi { api: api.to_string(), status }).inc();
        }
        if let Some(Decided { protect, decision }) = told.get() {
            let protect = protect.to_string();
            self.decisions.get_or_create(&OfProtect { protect, decision }).inc();
        }
        if let Some(path) = texas_path(endpoint) {
            self.texas.requests.get_or_create(&OfTexas { path }).inc();
            if let Some(error_kind) = texas_error(answer.status()) {
                self.texas.errors.get_or_create(&TexasError { path, error_kind }).inc();
            }
        }
    }

    /// An account was given a token, or was not.
    pub(crate) fn token(&self, account: &str, outcome: &'static str) {
        self.tokens.get_or_create(&OfToken { account: account.to_owned(), outcome }).inc();
    }

    /// All of it, in the format of OpenMetrics, which Prometheus reads.
    pub(crate) fn text(&self, accounts: &[AccountState<'_>]) -> Result<String, std::fmt::Error> {
        for AccountState { account, failing, offset } in accounts {
            let of_account = OfAccount { account: (*account).to_owned() };
            let failing = i64::try_from(failing.as_secs()).unwrap_or(i64::MAX);
            self.failing.get_or_create(&of_account).set(failing);
            if let Some(offset) = offset {
                self.offset.get_or_create(&of_account).set(*offset);
            }
        }
        let mut written = String::new();
        text::encode(&mut written, &self.registry)?;
        Ok(written)
    }
}

/// Counts every answer.
pub(crate) async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let answer = next.run(request).await;
    metrics.answered(&answer, began.elapsed());
    answer
}

/// An API may answer with any of 900 statuses.
const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// The path of an endpoint, if it is one of Texas's.
fn texas_path(endpoint: &str) -> Option<&'static str> {
    match endpoint {
        "token" => Some("/api/v1/token"),
        "exchange" => Some("/api/v1/token/exchange"),
        "introspect" => Some("/api/v1/introspect"),
        _ => None,
    }
}

fn texas_error(status: StatusCode) -> Option<&'static str> {
    if status.is_server_error() {
        Some("server_error")
    } else {
        status.is_client_error().then_some("client_error")
    }
}
