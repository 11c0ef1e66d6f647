//! Keys of clients that expire.

use std::sync::Arc;

use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::registry::RegistryAdmin;
use crate::domain::model::{Key, KnownClient};

/// A client's key that expires.
pub(crate) struct ExpiringKey {
    pub(crate) client_id: ClientId,
    pub(crate) client: String,
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    pub(crate) days: i64,
}

impl RegistryAdmin {
    /// The keys that expire first, and those that have.
    pub(crate) fn expiring_keys(&self, limit: usize) -> Vec<ExpiringKey> {
        let (registry, now) = (self.snapshot(), self.clock.now());
        let mut all: Vec<_> = registry.clients.values().flat_map(|known| of_client(known, now)).collect();
        all.sort_by_key(|key| key.at);
        all.truncate(limit);
        all
    }
}

fn of_client(known: &Arc<KnownClient>, now: Timestamp) -> impl Iterator<Item = ExpiringKey> {
    let client = &known.client;
    client.keys.iter().filter_map(move |key: &Key| {
        Some(ExpiringKey {
            client_id: client.id.clone(),
            client: client.name.to_string(),
            key: key.jwk.key_id().map_or_else(|| key.jwk.thumbprint().to_string(), ToString::to_string),
            at: key.expires?,
            days: key.expires?.days_after(now),
        })
    })
}
