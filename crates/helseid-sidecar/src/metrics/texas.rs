//! What is counted by Texas's names, too, for dashboards that there are.

use std::time::Duration;

use http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::histograms;
use super::labels::{OfProvider, OfTexas, TexasError};

/// The one provider here.
const HELSEID: OfProvider = OfProvider { identity_provider: "helseid" };

/// As Texas names them.
pub(super) struct Texas {
    requests: Family<OfTexas, Counter>,
    errors: Family<TexasError, Counter>,
    hits: Family<OfProvider, Counter>,
    size: Family<OfProvider, Gauge>,
    latency: Family<OfProvider, Histogram>,
}

impl Texas {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let own = Self {
            requests: Family::default(),
            errors: Family::default(),
            hits: Family::default(),
            size: Family::default(),
            latency: histograms(),
        };
        let texas = registry.sub_registry_with_prefix("texas");
        texas.register("handler_requests", "Requests by Texas's contract", own.requests.clone());
        texas.register("handler_errors", "Refusals by Texas's contract", own.errors.clone());
        texas.register("token_cache_hits", "Tokens that were kept", own.hits.clone());
        texas.register("token_cache_size", "Tokens that are kept now", own.size.clone());
        let help = "How long the authority took, in seconds";
        texas.register("identity_provider_latency_secs", help, own.latency.clone());
        own
    }

    pub(super) fn answered(&self, endpoint: &str, status: StatusCode) {
        let Some(path) = path(endpoint) else { return };
        self.requests.get_or_create(&OfTexas { path }).inc();
        if let Some(error_kind) = error(status) {
            self.errors.get_or_create(&TexasError { path, error_kind }).inc();
        }
    }

    pub(super) fn hit(&self) {
        self.hits.get_or_create(&HELSEID).inc();
    }

    pub(super) fn keeps(&self, tokens: i64) {
        self.size.get_or_create(&HELSEID).set(tokens);
    }

    pub(super) fn authority_took(&self, took: Duration) {
        self.latency.get_or_create(&HELSEID).observe(took.as_secs_f64());
    }
}

/// The path of an endpoint, if it is one of Texas's.
fn path(endpoint: &str) -> Option<&'static str> {
    match endpoint {
        "token" => Some("/api/v1/token"),
        "exchange" => Some("/api/v1/token/exchange"),
        "introspect" => Some("/api/v1/introspect"),
        _ => None,
    }
}

fn error(status: StatusCode) -> Option<&'static str> {
    if status.is_server_error() {
        Some("server_error")
    } else {
        status.is_client_error().then_some("client_error")
    }
}
