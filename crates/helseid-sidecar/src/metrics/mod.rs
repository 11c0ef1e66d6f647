//! What is counted. Labels are names of the configuration and words of this program, so that there are few: nothing that a caller
//! sends, no address and no number of a person is among them (threat B21).

mod count;
mod labels;
mod texas;

use std::hash::Hash;
use std::time::Duration;

use axum::response::Response;
use helseid_protocol::time::Timestamp;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

use count::class;
pub(crate) use count::{Answered, Called, Decided, count};
use labels::{Asked, OfAccount, OfApi, OfCall, OfEndpoint, OfOutcome, OfProtect};
use texas::Texas;

/// Upper bounds of times, in seconds.
const TIMES: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 10.0, 30.0];

/// All counters and gauges of one sidecar.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<OfEndpoint, Counter>,
    times: Family<Asked, Histogram>,
    calls: Family<OfCall, Counter>,
    api_times: Family<OfApi, Histogram>,
    decisions: Family<OfProtect, Counter>,
    tokens: Family<OfOutcome, Counter>,
    lookups: Family<OfOutcome, Counter>,
    kept: Family<OfAccount, Gauge>,
    authority_times: Family<OfAccount, Histogram>,
    failing: Family<OfAccount, Gauge>,
    offset: Family<OfAccount, Gauge>,
    key_expiry: Family<OfAccount, Gauge>,
    key_rotatable: Family<OfAccount, Gauge>,
    key_rotations: Family<OfOutcome, Counter>,
    texas: Texas,
}

/// What is known of an account.
pub(crate) struct AccountState<'a> {
    pub(crate) account: &'a str,
    /// For how long every request to the authority has failed.
    pub(crate) failing: Duration,
    /// By how many seconds the authority's clock is ahead.
    pub(crate) offset: Option<i64>,
    /// How many tokens are kept.
    pub(crate) kept: usize,
}

/// Registers what is made for it.
fn added<M: Metric + Clone>(
    registry: &mut Registry,
    (name, unit): (&str, Option<Unit>),
    help: &str,
    metric: M,
) -> M {
    match unit {
        Some(unit) => registry.register_with_unit(name, help, unit, metric.clone()),
        None => registry.register(name, help, metric.clone()),
    }
    metric
}

fn histograms<L: Clone + Eq + Hash>() -> Family<L, Histogram> {
    Family::new_with_constructor(|| Histogram::new(TIMES))
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix("helseid_sidecar");
        let (plain, seconds) = (|name| (name, None), |name| (name, Some(Unit::Seconds)));
        let help = "Requests, by endpoint and class of status";
        let requests = added(own, plain("requests"), help, Family::default());
        let help = "Time until the answer begins";
        let times = added(own, seconds("request"), help, histograms());
        let help = "Answers to calls of APIs, by class of status";
        let calls = added(own, plain("calls"), help, Family::default());
        let help = "Time until an API's answer to one attempt of a call begins";
        let api_times = added(own, seconds("api"), help, histograms());
        let help = "Requests to protected APIs, admitted or not and why";
        let decisions = added(own, plain("decisions"), help, Family::default());
        let help = "Tokens that were asked for: granted, refused or failed";
        let tokens = added(own, plain("tokens"), help, Family::default());
        let help = "Tokens that were looked for: kept (hit), or to be requested (miss)";
        let lookups = added(own, plain("token_lookups"), help, Family::default());
        let kept = added(own, plain("tokens_kept"), "Tokens that are kept now", Family::default());
        let help = "Time until a request for a token ended, with its retries";
        let authority_times = added(own, seconds("authority_request"), help, histograms());
        let help = "For how long every request to the authority has failed";
        let failing = added(own, seconds("authority_failing"), help, Family::default());
        let help = "By how much the authority's clock is ahead";
        let offset = added(own, seconds("authority_clock_offset"), help, Family::default());
        let help = "When the account's key expires, in seconds since 1970";
        let key_expiry = added(own, seconds("key_expiry_timestamp"), help, Family::default());
        let help = "Whether the file of a key that is to be rotated here can be rewritten (1) or not (0)";
        let key_rotatable = added(own, plain("key_rotatable"), help, Family::default());
        let help = "Rotations of keys: rotated or failed";
        let key_rotations = added(own, plain("key_rotations"), help, Family::default());
        let texas = Texas::register(&mut registry);
        Self {
            registry,
            requests,
            times,
            calls,
            api_times,
            decisions,
            tokens,
            lookups,
            kept,
            authority_times,
            failing,
            offset,
            key_expiry,
            key_rotatable,
            key_rotations,
            texas,
        }
    }

    /// An answer that began after `took`.
    fn answered(&self, answer: &Response, took: Duration) {
        let status = class(answer.status());
        let told = answer.extensions();
        let endpoint = told.get().map_or("other", |Answered(endpoint)| *endpoint);
        self.requests.get_or_create(&OfEndpoint { endpoint, status }).inc();
        self.times.get_or_create(&Asked { endpoint }).observe(took.as_secs_f64());
        if let Some(Called(api)) = told.get() {
            self.calls.get_or_create(&OfCall { api: api.to_string(), status }).inc();
        }
        if let Some(Decided { protect, decision }) = told.get() {
            let protect = protect.to_string();
            self.decisions.get_or_create(&OfProtect { protect, decision }).inc();
        }
        self.texas.answered(endpoint, answer.status());
    }

    /// An account was given a token, or was not.
    pub(crate) fn token(&self, account: &str, outcome: &'static str) {
        self.tokens.get_or_create(&OfOutcome { account: account.to_owned(), outcome }).inc();
    }

    /// A token of an account was looked for, and was kept or was not.
    pub(crate) fn looked_up(&self, account: &str, is_kept: bool) {
        let outcome = if is_kept { "hit" } else { "miss" };
        self.lookups.get_or_create(&OfOutcome { account: account.to_owned(), outcome }).inc();
        if is_kept {
            self.texas.hit();
        }
    }

    /// A request for a token of an account ended.
    pub(crate) fn authority_took(&self, account: &str, took: Duration) {
        let account = account.to_owned();
        self.authority_times.get_or_create(&OfAccount { account }).observe(took.as_secs_f64());
        self.texas.authority_took(took);
    }

    /// One attempt of a call was answered, or was not.
    pub(crate) fn api_took(&self, api: &str, took: Duration) {
        self.api_times.get_or_create(&OfApi { api: api.to_owned() }).observe(took.as_secs_f64());
    }

    /// The authority said when the key of an account expires; nothing if it does not.
    pub(crate) fn key_expires(&self, account: &str, at: Option<Timestamp>) {
        let account = OfAccount { account: account.to_owned() };
        match at {
            Some(at) => drop(self.key_expiry.get_or_create(&account).set(at.seconds())),
            None => drop(self.key_expiry.remove(&account)),
        }
    }

    /// Whether the file of the key of an account can be rewritten.
    pub(crate) fn key_is_rotatable(&self, account: &str, is_rotatable: bool) {
        let account = OfAccount { account: account.to_owned() };
        self.key_rotatable.get_or_create(&account).set(i64::from(is_rotatable));
    }

    /// The key of an account will be rotated: an event that never was is told as none, so that the first one is a rise.
    pub(crate) fn key_is_to_be_rotated(&self, account: &str) {
        for outcome in ["rotated", "failed"] {
            drop(self.key_rotations.get_or_create(&OfOutcome { account: account.to_owned(), outcome }));
        }
    }

    /// The key of an account was rotated, or was not.
    pub(crate) fn key_rotated(&self, account: &str, outcome: &'static str) {
        self.key_rotations.get_or_create(&OfOutcome { account: account.to_owned(), outcome }).inc();
    }

    /// All of it, in the format of OpenMetrics, which Prometheus reads.
    pub(crate) fn text(&self, accounts: &[AccountState<'_>]) -> Result<String, std::fmt::Error> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for AccountState { account, failing, offset, kept } in accounts {
            let of_account = OfAccount { account: (*account).to_owned() };
            self.failing.get_or_create(&of_account).set(number(failing.as_secs()));
            self.kept.get_or_create(&of_account).set(number(*kept as u64));
            if let Some(offset) = offset {
                self.offset.get_or_create(&of_account).set(*offset);
            }
        }
        self.texas.keeps(accounts.iter().map(|state| number(state.kept as u64)).sum());
        let mut written = String::new();
        text::encode(&mut written, &self.registry)?;
        Ok(written)
    }
}
