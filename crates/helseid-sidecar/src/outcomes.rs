//! What is known of the newest tokens, without asking anybody: for `/ready`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_client::Error;
use helseid_protocol::time::Timestamp;

use crate::metrics::Metrics;

/// For how long a failure counts. If nobody asks for a token meanwhile, nothing more is known.
const FAILURE_COUNTS: Duration = Duration::from_secs(30);

/// The newest outcome of each account.
pub(crate) struct Outcomes {
    failures: Mutex<HashMap<String, Timestamp>>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Outcomes {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { failures: Mutex::default(), metrics }
    }

    /// A caller was given a token of an account, or was not.
    pub(crate) fn record<T>(&self, account: &str, outcome: &Result<T, Error>, now: Timestamp) {
        self.metrics.token(
            account,
            match outcome {
                Ok(_) => "granted",
                Err(error) if error.oauth().is_some() => "refused",
                Err(_) => "failed",
            },
        );
        self.learn(account, outcome, now);
    }

    /// A caller was not given one in time.
    pub(crate) fn record_late(&self, account: &str) {
        self.metrics.token(account, "failed");
    }

    /// What became of a request for a token, whether its callers waited for it or not. What is a caller's fault says nothing of the
    /// account.
    pub(crate) fn learn<T>(&self, account: &str, outcome: &Result<T, Error>, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(_) => drop(failures.remove(account)),
            Err(error) if is_of_the_account(error) => drop(failures.insert(account.to_owned(), now)),
            Err(_) => {}
        }
    }

    /// Whether no account failed in the last 30 s.
    pub(crate) fn are_good(&self, now: Timestamp) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        !failures.values().any(|at| at.plus(FAILURE_COUNTS).is_pending(FAILURE_COUNTS, now))
    }
}

/// A caller that requests too much is refused, and nobody was asked.
fn is_of_the_account(error: &Error) -> bool {
    match error.oauth() {
        Some((status, refused)) => status.is_server_error() || refused.code == "invalid_client",
        None => !error.is_of_budget(),
    }
}
