//! The same in a Redis, for the sidecars that share it: what one admitted counts at the others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use helseid_client::{RedisStore, SharedStore as _};
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::Timestamp;

use crate::error::SidecarError;
use crate::refusal::Refusal;

/// Of keys in Redis, before a hash.
const PREFIX: &str = "helseid:admitted:";

/// When to try again, while Redis is away.
const AFTER: Duration = Duration::from_secs(5);

/// A gate that remembers in a Redis. Its address may hold a password: does not print.
pub(crate) struct GateInRedis {
    pub(crate) name: String,
    pub(crate) url: String,
    /// What tells its API from others of the same name.
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

/// The gates that remember in a Redis, by name.
pub(super) struct Shared {
    places: BTreeMap<String, Place>,
    /// Whoever has a good token causes a line with each request, while Redis is away.
    lines: LogBudget,
}

/// Where a gate remembers.
struct Place {
    store: Arc<RedisStore>,
    /// What tells its API from others of the same name.
    of_api: [String; 2],
}

impl Shared {
    /// Does not connect yet.
    pub(super) fn new(gates: Vec<GateInRedis>) -> Result<Self, SidecarError> {
        let mut stores = BTreeMap::<String, Arc<RedisStore>>::new();
        let mut places = BTreeMap::new();
        for GateInRedis { name, url, issuer, audience } in gates {
            let store = match stores.get(&url) {
                Some(store) => store.clone(),
                None => Arc::new(RedisStore::new(&url)?),
            };
            stores.insert(url, store.clone());
            places.insert(name, Place { store, of_api: [issuer, audience] });
        }
        Ok(Self { places, lines: LogBudget::new(10, 1) })
    }

    pub(super) fn has_gate(&self, gate: &str) -> bool {
        self.places.contains_key(gate)
    }

    /// The gates that remember there.
    pub(super) fn gates(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Tells the others of a token; whether they know now.
    pub(super) async fn put(
        &self,
        gate: &str,
        token: [u8; 32],
        (expires, now): (Timestamp, Timestamp),
    ) -> bool {
        let Some(place) = self.places.get(gate) else { return false };
        let (key, value) = (place.key(gate, token), expires.to_string().into_bytes());
        match place.store.put(&key, value, expires.since(now)).await {
            Ok(()) => true,
            Err(why) => {
                log_within!(
                    self.lines,
                    now,
                    warn,
                    gate,
                    %why,
                    "the other sidecars do not know of a token that was admitted here"
                );
                false
            }
        }
    }

    /// Until when a token is good that another sidecar admitted at this gate.
    pub(super) async fn get(
        &self,
        gate: &str,
        token: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Refusal> {
        let Some(place) = self.places.get(gate) else { return Ok(None) };
        let found = place.store.get(&place.key(gate, token)).await.map_err(|why| {
            log_within!(self.lines, now, warn, gate, %why, "it is not known what other sidecars admitted");
            let why = "it cannot be known now whether another sidecar admitted the token: Redis is away";
            Refusal::new(http::StatusCode::SERVICE_UNAVAILABLE, "server_error", why).after(AFTER)
        })?;
        let seconds = found.and_then(|value| String::from_utf8(value).ok()?.parse().ok());
        Ok(seconds.map(Timestamp::from_seconds))
    }
}

impl Place {
    /// Each part with its length, so that no two lists read as one. Whoever reads Redis has no token.
    fn key(&self, gate: &str, token: [u8; 32]) -> String {
        let mut text = Vec::new();
        let [issuer, audience] = &self.of_api;
        for part in [gate, issuer, audience] {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        text.extend_from_slice(&token);
        format!("{PREFIX}{}", base64url::encode(&sha256(&text)))
    }
}
