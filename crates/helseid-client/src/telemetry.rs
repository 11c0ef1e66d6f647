//! What can be observed from outside: the names of all metrics and spans. None of them holds a secret.
//!
//! With the feature `metrics`, these are recorded by the recorder that the program installs for the crate `metrics`:
//!
//! | metric | kind | labels | what |
//! | --- | --- | --- | --- |
//! | `helseid_client_token_requests_total` | counter | `outcome`: granted, refused, failed | token requests to the authority, retries included |
//! | `helseid_client_token_request_seconds` | histogram | | the duration of a token request, retries included |
//! | `helseid_client_token_cache_hits_total` | counter | | tokens that were served from the cache |
//! | `helseid_client_token_renewals_total` | counter | `outcome`: granted, failed | renewals in the background |
//! | `helseid_client_shared_cache_total` | counter | `outcome`: hit, miss, failed | lookups in the shared cache |
//! | `helseid_client_nonce_retries_total` | counter | `role`: authority, api | requests that were sent again with a nonce |
//! | `helseid_client_outage_seconds` | gauge | | for how long every request to the authority has failed; 0 if the last one succeeded |
//! | `helseid_client_clock_offset_seconds` | gauge | | how far the authority's clock is ahead |
//! | `helseid_client_key_expiry_timestamp_seconds` | gauge | | when the key expires at the authority, in seconds since 1970; set by `Client::check_key_expiry` |
//!
//! Spans, for `tracing`: `helseid.token` (client_id), `helseid.authority` (client_id, endpoint) for other requests to the
//! authority, and `helseid.call` (method, address without its query).

use std::time::Duration;

use helseid_protocol::time::Timestamp;

/// The outcome of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Granted,
    Refused,
    Failed,
}

/// The outcome of a lookup in the shared cache.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shared {
    Hit,
    Miss,
    Failed,
}

#[cfg(feature = "metrics")]
mod names {
    pub(super) const REQUESTS: &str = "helseid_client_token_requests_total";
    pub(super) const REQUEST_SECONDS: &str = "helseid_client_token_request_seconds";
    pub(super) const CACHE_HITS: &str = "helseid_client_token_cache_hits_total";
    pub(super) const RENEWALS: &str = "helseid_client_token_renewals_total";
    pub(super) const SHARED_CACHE: &str = "helseid_client_shared_cache_total";
    pub(super) const NONCE_RETRIES: &str = "helseid_client_nonce_retries_total";
    pub(super) const OUTAGE_SECONDS: &str = "helseid_client_outage_seconds";
    pub(super) const KEY_EXPIRY: &str = "helseid_client_key_expiry_timestamp_seconds";
    pub(super) const CLOCK_OFFSET: &str = "helseid_client_clock_offset_seconds";
}

#[cfg(feature = "metrics")]
impl Outcome {
    const fn label(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

#[cfg(feature = "metrics")]
impl Shared {
    const fn label(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Failed => "failed",
        }
    }
}

pub(crate) fn token_request(outcome: Outcome) {
    #[cfg(feature = "metrics")]
    metrics::counter!(names::REQUESTS, "outcome" => outcome.label()).increment(1);
    let _ = outcome;
}

pub(crate) fn token_took(time: Duration) {
    #[cfg(feature = "metrics")]
    metrics::histogram!(names::REQUEST_SECONDS).record(time.as_secs_f64());
    let _ = time;
}

pub(crate) fn cache_hit() {
    #[cfg(feature = "metrics")]
    metrics::counter!(names::CACHE_HITS).increment(1);
}

pub(crate) fn renewal(outcome: Outcome) {
    #[cfg(feature = "metrics")]
    metrics::counter!(names::RENEWALS, "outcome" => outcome.label()).increment(1);
    let _ = outcome;
}

pub(crate) fn shared_cache(outcome: Shared) {
    #[cfg(feature = "metrics")]
    metrics::counter!(names::SHARED_CACHE, "outcome" => outcome.label()).increment(1);
    let _ = outcome;
}

pub(crate) fn nonce_retry(role: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(names::NONCE_RETRIES, "role" => role).increment(1);
    let _ = role;
}

pub(crate) fn outage(time: Duration) {
    #[cfg(feature = "metrics")]
    metrics::gauge!(names::OUTAGE_SECONDS).set(time.as_secs_f64());
    let _ = time;
}

#[cfg_attr(feature = "metrics", expect(clippy::cast_precision_loss, reason = "offsets of clocks are small"))]
pub(crate) fn clock_offset(seconds: i64) {
    #[cfg(feature = "metrics")]
    metrics::gauge!(names::CLOCK_OFFSET).set(seconds as f64);
    let _ = seconds;
}

#[cfg_attr(feature = "metrics", expect(clippy::cast_precision_loss, reason = "exact for millions of years"))]
pub(crate) fn key_expiry(at: Timestamp) {
    #[cfg(feature = "metrics")]
    metrics::gauge!(names::KEY_EXPIRY).set(at.seconds() as f64);
    let _ = at;
}
